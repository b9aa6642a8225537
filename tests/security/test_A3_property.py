"""Whatever is typed: a call that passes the form goes by https to the configured host, below /v1/."""

from urllib.parse import urlencode, urlsplit

from django.http import QueryDict
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from connections.client import ChartMogulClient, _Session
from resources.catalog.api_call import CALL, METHODS, ApiCallForm
from resources.form_context import FormContext

ORIGIN = "https://api.chartmogul.com"
segments = st.lists(st.one_of(st.text("abcXYZ019_.~-", min_size=1, max_size=12), st.text(max_size=5)), max_size=14)
urls = st.one_of(
    st.text(),
    st.builds(lambda parts, rest: "/v1/" + "/".join(parts) + rest, segments, st.one_of(st.just(""), st.text())),
    st.builds(lambda query: f"/v1/plans?{query}", st.text()),
    st.builds(lambda path: f"/v1/{path}", st.from_regex(r"\A[a-z_]{1,20}(/[A-Za-z0-9_.~-]{1,40}){0,3}\Z")),
)
passed: list[bool] = []


@settings(max_examples=1_000, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    url=urls,
    method=st.sampled_from(METHODS),
    query=st.lists(st.tuples(st.text(), st.text()), max_size=3),
    header=st.text(max_size=20),
    body=st.one_of(st.just(""), st.text()),
)
@example(url="/v1/plans", method="GET", query=[], header="\xa0", body="")
@example(url="/v1/plans", method="GET", query=[], header="en\xa0", body="")
def one_call(url: str, method: str, query: list[tuple[str, str]], header: str, body: str) -> None:
    pairs = [("url", url), ("method", method), ("body", "" if method == "GET" else body)]
    for number, (key, value) in enumerate(query):
        pairs += [(f"query-{number}-key", key), (f"query-{number}-value", value)]
    if header:
        pairs += [("headers-0-key", "Accept-Language"), ("headers-0-value", header)]
    data = QueryDict(urlencode(pairs, errors="replace"))
    form = ApiCallForm(data, context=FormContext(slug="main"))
    passed.append(form.is_valid())
    if not passed[-1]:
        assert form.has_problems()
        return
    request = CALL.build(form)
    prepared = ChartMogulClient(ORIGIN, "key")._prepare(_Session(), request)
    parts = urlsplit(prepared.url)
    assert (parts.scheme, parts.netloc) == ("https", "api.chartmogul.com")
    assert parts.path.startswith("/v1/")
    assert not {".", "..", ""} & set(parts.path.split("/")[1:])
    assert prepared.method == method
    assert prepared.body == (data["body"].replace("\r\n", "\n").encode() or None if data["body"].strip() else None)


def test_A3_host_scheme_and_path_always_hold():
    passed.clear()
    one_call()
    assert len(passed) >= 1_000
    # The property is about calls that are made, so a good part of them must be.
    assert sum(passed) >= 100
