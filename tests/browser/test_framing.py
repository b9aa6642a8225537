"""C5: no other site can put a page of ours into a frame."""

import pytest

from tests.browser.conftest import Watch
from tests.servers import RecordingServer, reply

pytestmark = pytest.mark.xdist_group("browser, other half")


def test_C5_a_page_in_a_frame_of_another_origin_is_blocked(browser, site, cookies):
    own = '<p id="own">not ours</p>'
    frames = f'<iframe src="{site}/connections/"></iframe><iframe src="{site}/static/nowhere"></iframe>'
    routes = {
        "/": reply(body=f'<iframe src="/own"></iframe>{frames}'.encode(), content_type="text/html"),
        "/own": reply(body=own.encode(), content_type="text/html"),
    }
    with RecordingServer(routes=routes) as elsewhere, browser.new_context(storage_state=cookies) as context:
        watch = Watch(context)
        page = context.new_page()
        page.goto(elsewhere.origin, wait_until="load")
        framed, *ours = page.main_frame.child_frames
        # What sends no such headers is shown: the frames themselves work.
        assert framed.locator("#own").inner_text() == "not ours"
        assert [frame.url for frame in ours] == ["chrome-error://chromewebdata/"] * 2
        refused = [line for line in watch.seen if "frame-ancestors 'none'" in line]
        assert len(refused) == 2, watch.seen
