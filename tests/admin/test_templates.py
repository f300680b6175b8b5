"""Templates in the admin site: staff see that they are there; who may read messages shares them."""

from __future__ import annotations

import pytest
from django.test import Client

from sessions_app.actions.templates import Contents, make_template
from sessions_app.models import SessionTemplate, User

from .test_who_sees_what import index, page, text


@pytest.fixture
def template(alice: User) -> SessionTemplate:
    contents = Contents("Harbour", "For the quay", settings={"system_prompt": "Be salty."}, opening="Ahoy,")
    return make_template(owner=alice, contents=contents)


def test_staff_see_no_word_of_what_a_person_wrote(template: SessionTemplate, as_staff: Client) -> None:
    for address in (index("sessiontemplate"), page("sessiontemplate", template.pk)):
        shown = text(as_staff, address)
        assert not [word for word in ("Harbour", "quay", "salty", "Ahoy") if word in shown]


def test_who_may_read_shares_and_changes_nothing_else(template: SessionTemplate, as_reader: Client) -> None:
    address = page("sessiontemplate", template.pk)
    assert "Be salty." in text(as_reader, address)
    assert as_reader.post(address, {"shared": "on", "name": "Taken over"}).status_code == 302
    template.refresh_from_db()
    assert (template.shared, template.name) == (True, "Harbour")
    assert as_reader.post(address, {}).status_code == 302
    template.refresh_from_db()
    assert not template.shared


def test_nobody_makes_or_deletes_one_there(
    template: SessionTemplate, as_root: Client, as_bob: Client
) -> None:
    assert as_root.get("/admin/sessions_app/sessiontemplate/add/").status_code == 403
    assert as_root.post(f"{page('sessiontemplate', template.pk)[:-7]}delete/").status_code == 403
    assert as_bob.get(index("sessiontemplate"), follow=True).status_code == 403
