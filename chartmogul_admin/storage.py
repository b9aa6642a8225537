"""Where static files lie in production: under names that carry the hash of what is in them."""

from whitenoise.storage import CompressedManifestStaticFilesStorage


class StaticFiles(CompressedManifestStaticFilesStorage):
    """WhiteNoise's own, which also leads the imports inside of our script modules to the hashed names.

    Otherwise app.js would change its name only with its own text, and import modules of whatever age the browser
    still has under their plain names: after an update, parts of two versions could meet in one page. Django's
    support_js_module_import_aggregation does the same for the files of packages too, some of which import what is
    not there.
    """

    patterns = (
        *CompressedManifestStaticFilesStorage.patterns,
        (
            "js/*.js",
            (
                (
                    r"""(?P<matched>(?P<statement>\b(?:import|export)\b[^;"']*)["'](?P<url>\./[^"']+)["'])""",
                    '%(statement)s"%(url)s"',
                ),
            ),
        ),
    )
