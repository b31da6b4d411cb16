"""Every page in a real browser: nothing for axe to find, nothing overflows, nothing breaks."""

import pytest

VISITOR_PAGES = ["/", "/members", "/members/{member}", "/stories", "/sign-in", "/join", "/recover", "/preferences", "/nowhere"]  # fmt: skip
MEMBER_PAGES = ["/", "/members", "/members/{member}", "/me", "/stories", "/settings"]
RECOGNITION_PAGES = ["/badges", "/badges/star-host", "/badges/power-member", "/numbers", "/numbers/rating_weighed", "/members/{member}/people", "/awards/{award}", "/verify", "/badges/nothing"]  # fmt: skip
OWN_RECOGNITION_PAGES = ["/badges/pillar", "/members/{member}/standing", "/members/{member}/people", "/members/{manager}/people", "/verify"]  # fmt: skip
ADMIN_PAGES = ["/house", "/house/letters", "/house/roles", "/house/audit", "/house/imports", "/house/jobs", "/house/unclaimed", "/style", "/members/{member}/standing"]  # fmt: skip
OFFER_PAGES = ["/offers", "/offers/{offer}"]
OWN_OFFER_PAGES = ["/offers/{offer}", "/offers/new", "/offers/new?kind=lesson", "/offers/mine", "/offers/kept", "/offers/{offer}/edit", "/offers/{offer}/photos", "/offers/{offer}/calendar", "/offers/{offer}/versions/1"]  # fmt: skip
KIND_PAGES = ["/house/kinds", "/house/kinds/stay", "/house/offers"]
WIDTHS = (360, 390, 768, 1280, 1600)
CASES = (
    [(path, None) for path in VISITOR_PAGES]
    + [(path, None) for path in RECOGNITION_PAGES + OFFER_PAGES]
    + [(path, "member") for path in MEMBER_PAGES + OWN_RECOGNITION_PAGES + OWN_OFFER_PAGES]
    + [(path, "admin") for path in ADMIN_PAGES + KIND_PAGES]
)


def _path(path, town):
    return path.format(
        member=town.logins.member.handle,
        manager=town.logins.manager.handle,
        award=town.award,
        offer=town.offer,
    )


def _findings(page):
    found = page.evaluate(
        "axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']})"
    )
    return [
        f"{v['id']}: {v['help']} ({'; '.join(n['html'][:120] for n in v['nodes'][:3])})"
        for v in found["violations"]
    ]


def _overflow(page, width):
    page.set_viewport_size({"width": width, "height": 900})
    return page.evaluate("document.documentElement.scrollWidth") - width


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize(("path", "role"), CASES)
def test_a_page_is_open_to_everyone_on_every_screen(open_page, town, path, role, language):
    login = getattr(town.logins, role) if role else None
    page = open_page(_path(path, town), login=login, language=language)
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        assert _findings(page) == [], scheme
    assert {width: _overflow(page, width) for width in WIDTHS if _overflow(page, width) > 0} == {}
    page.evaluate("document.documentElement.style.fontSize = '200%'")
    assert _overflow(page, 640) <= 0, "at 200 % zoom"
    assert page.problems == []
