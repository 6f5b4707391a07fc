"""LiteLLM's own client for the users of its proxy, against /user/*."""

import os

# Its list of prices is in the package: nothing is fetched.
os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"

import httpx
import pytest
import requests
from litellm.proxy.client import UnauthorizedError
from litellm.proxy.client.exceptions import NotFoundError
from litellm.proxy.client.users import UsersManagementClient

from keyed import CLOSED, PATIENCE_SECONDS, chat, guess, public_part


@pytest.fixture(scope="module")
def admin(keyed):
    return keyed.add("root-of-users", "--admin")


@pytest.fixture
def users(keyed, admin):
    return UsersManagementClient(keyed.url, admin)


def post(keyed, key, path, body):
    return httpx.post(
        keyed.url + path, json=body, headers={"Authorization": f"Bearer {key}"}, trust_env=False, timeout=PATIENCE_SECONDS)


def test_a_user_lives_and_dies(keyed, admin, users):
    made = users.create_user({
        "user_id": "lite-ann", "user_email": "lite-ann@example.org", "user_alias": "Ann", "models": ["open*"], "rpm_limit": 1000,
        "user_role": "internal_user", "key_alias": "ann's", "duration": "24h", "max_budget": None, "send_invite_email": False})
    key = made["key"]
    assert (made["user_id"], made["user_role"], made["models"], made["key_alias"]) == ("lite-ann", "internal_user", ["open*"], "ann's")
    assert chat(keyed, key).status_code == 200
    assert chat(keyed, key, model=CLOSED).status_code == 403

    info = users.get_user("lite-ann")
    assert info["user_info"]["user_email"] == "lite-ann@example.org" and info["user_info"]["rpm_limit"] == 1000
    assert [one["token"] for one in info["keys"]] == [public_part(key)]
    if hasattr(users, "get_user_v2"):
        assert users.get_user_v2("lite-ann")["user_email"] == "lite-ann@example.org"
    # Everybody may see themselves, and nobody else.
    hers = UsersManagementClient(keyed.url, key)
    assert hers.get_user()["user_id"] == hers.get_user("lite-ann")["user_id"] == "lite-ann"
    with pytest.raises(requests.exceptions.HTTPError) as caught:
        hers.get_user("lite-bob")
    assert caught.value.response.status_code == 403
    for act in (hers.list_users, lambda: hers.create_user({"user_id": "evil"}), lambda: hers.delete_user(["lite-ann"])):
        with pytest.raises(requests.exceptions.HTTPError) as caught:
            act()
        assert caught.value.response.status_code == 403

    listed = users.list_users({"search": "LITE-ANN@"})
    assert [(one["user_id"], one["key_count"]) for one in listed] == [("lite-ann", 1)]

    post(keyed, admin, "/user/update", {"user_id": "lite-ann", "models": [CLOSED]}).raise_for_status()
    assert (chat(keyed, key).status_code, chat(keyed, key, model=CLOSED).status_code) == (403, 200)
    changed = post(keyed, admin, "/user/update", {"user_email": "lite-ann@example.org", "blocked": True}).raise_for_status().json()
    assert changed["user_id"] == "lite-ann" and changed["data"]["blocked"] is True
    assert chat(keyed, key, model=CLOSED).status_code == 401

    assert users.delete_user(["lite-ann"]) == 1
    with pytest.raises(NotFoundError):
        users.get_user("lite-ann")


def test_twice_and_without_a_key(keyed, admin, users):
    made = users.create_user({"user_id": "lite-bob", "auto_create_key": False, "teams": None})
    assert made["key"] is None and made["models"] == ["all-proxy-models"]
    assert post(keyed, admin, "/user/new", {"user_id": "lite-bob"}).status_code == 409
    nameless = users.create_user({})
    assert nameless["user_id"] and chat(keyed, nameless["key"]).status_code == 200
    # All of them, or none.
    assert post(keyed, admin, "/user/delete", {"user_ids": ["lite-bob", "nobody"]}).status_code == 404
    assert users.get_user("lite-bob")["user_id"] == "lite-bob"
    assert users.delete_user(["lite-bob", nameless["user_id"]]) == 2


def test_roles(keyed, admin, users):
    viewer = users.create_user({"user_id": "lite-viewer", "user_role": "proxy_admin_viewer"})["key"]
    assert UsersManagementClient(keyed.url, viewer).list_users()
    assert post(keyed, viewer, "/user/new", {"user_id": "evil"}).status_code == 403
    assert [one["user_id"] for one in users.list_users({"role": "proxy_admin_viewer"})] == ["lite-viewer"]
    users.delete_user(["lite-viewer"])


def test_what_means_nothing_here_is_named(keyed, admin):
    for field, value in {
            "max_budget": 10, "budget_duration": "30d", "metadata": {"a": "b"}, "password": "Marked-Horse-9!",
            "organizations": ["o"], "send_invite_email": True}.items():
        answer = post(keyed, admin, "/user/new", {"user_id": "lite-eve", field: value})
        assert answer.status_code == 400 and field in answer.text and "Marked" not in answer.text, answer.text
    for body in ({"teams": ["a", "b"]}, {"user_role": "root"}, {"user_id": "an na"}, {"rpm_limit": 0}, {"blocked": 1}):
        assert post(keyed, admin, "/user/new", {"user_id": "lite-eve", **body}).status_code == 422, body
    assert "lite-eve" not in keyed.command_line("users", "list")


def test_who_may_not(keyed):
    for key in (None, guess()):
        client = UsersManagementClient(keyed.url, key)
        for act in (client.list_users, client.get_user, lambda: client.create_user({"user_id": "evil"})):
            with pytest.raises(UnauthorizedError):
                act()
    assert "evil" not in keyed.command_line("users", "list")
