"""LiteLLM's own client for the keys of its proxy, against /key/*."""

import os

# Its list of prices is in the package: nothing is fetched.
os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"

import httpx
import pytest
import requests
from litellm.proxy.client import Client, UnauthorizedError

from keyed import CLOSED, PATIENCE_SECONDS, KeyedGateway, chat, guess, public_part


@pytest.fixture(scope="module")
def admin(keyed):
    return keyed.add("root", "--admin")


@pytest.fixture
def keys(keyed, admin):
    return Client(base_url=keyed.url, api_key=admin).keys


def post(keyed, admin, path, body):
    return httpx.post(
        keyed.url + path, json=body, headers={"Authorization": f"Bearer {admin}"}, trust_env=False, timeout=PATIENCE_SECONDS)


def test_a_key_lives_and_dies(keyed, keys):
    made = keys.generate(models=["open*"], duration="24h", key_alias="from-litellm", user_id="ann")
    key = made["key"]
    assert made["key_alias"] == "from-litellm" and made["expires"] and made["models"] == ["open*"]
    # Where the service itself has made the change, it holds at once.
    assert chat(keyed, key).status_code == 200
    assert chat(keyed, key, model=CLOSED).status_code == 403

    assert keys.info(key)["info"]["key_alias"] == "from-litellm"
    assert keys.info(public_part(key))["info"]["user_id"] == "ann"
    listed = keys.list(key_alias="from-litellm", return_full_object=True)
    assert [entry["token"] for entry in listed["keys"]] == [public_part(key)] and listed["total_count"] == 1

    keys.update(key, models=[CLOSED], key_alias="renamed")
    assert keys.info(key)["info"]["key_alias"] == "renamed"
    assert (chat(keyed, key).status_code, chat(keyed, key, model=CLOSED).status_code) == (403, 200)

    assert keys.delete(keys=[key])["deleted_keys"] == [public_part(key)]
    assert chat(keyed, key).status_code == 401
    with pytest.raises(requests.exceptions.HTTPError) as caught:
        keys.info(public_part(key))
    assert caught.value.response.status_code == 404


def test_deleted_by_alias(keyed, keys):
    key = keys.generate(key_alias="short-lived")["key"]
    keys.delete(key_aliases=["short-lived"])
    assert chat(keyed, key).status_code == 401


def test_block_unblock_and_regenerate(keyed, admin, keys):
    key = keys.generate(key_alias="blocked")["key"]
    post(keyed, admin, "/key/block", {"key": key}).raise_for_status()
    assert chat(keyed, key).status_code == 401
    post(keyed, admin, "/key/unblock", {"key": key}).raise_for_status()
    assert chat(keyed, key).status_code == 200
    new = post(keyed, admin, f"/key/{public_part(key)}/regenerate", {"grace_period": "1h"}).raise_for_status().json()["key"]
    assert (chat(keyed, key).status_code, chat(keyed, new).status_code) == (200, 200)
    newer = post(keyed, admin, f"/key/{public_part(key)}/regenerate", {}).raise_for_status().json()["key"]
    assert [chat(keyed, one).status_code for one in (key, new, newer)] == [401, 401, 200]


def test_limits_under_their_names(keyed, admin):
    made = post(keyed, admin, "/key/generate", {"rpm_limit": 1, "tpm_limit": 100_000, "max_parallel_requests": 2, "metadata": {"a": "b"}})
    key = made.raise_for_status().json()["key"]
    assert made.json()["rpm_limit"] == 1 and made.json()["metadata"] == {"a": "b"}
    assert [chat(keyed, key).status_code for _ in range(2)] == [200, 429]


def test_money_is_named_and_refused(keyed, admin, keys):
    for field, value in {"max_budget": 10, "soft_budget": 5, "budget_duration": "30d", "budget_limits": [{}]}.items():
        answer = post(keyed, admin, "/key/generate", {field: value})
        assert answer.status_code == 400 and field in answer.text, answer.text
    with pytest.raises(requests.exceptions.HTTPError) as caught:
        keys.generate(budget_id="b")
    assert caught.value.response.status_code == 400


def test_who_may_not(keyed, admin):
    for key in (None, guess(), guess(public_part(admin))):
        with pytest.raises(UnauthorizedError):
            Client(base_url=keyed.url, api_key=key).keys.generate(key_alias="evil")
        with pytest.raises(UnauthorizedError):
            Client(base_url=keyed.url, api_key=key).keys.list()
    with pytest.raises(requests.exceptions.HTTPError) as caught:
        Client(base_url=keyed.url, api_key=keyed.key).keys.generate(key_alias="evil")
    assert caught.value.response.status_code == 403
    assert "evil" not in keyed.command_line("keys", "list")


def test_the_log_has_who_did_what_and_no_key(keyed, admin, keys):
    key = keys.generate(key_alias="audited")["key"]
    keys.info(key)
    post(keyed, admin, f"/key/{key}/regenerate", {}).raise_for_status()
    keys.delete(keys=[public_part(key)])

    def lines():
        return [line for line in keyed.log_path.read_text().splitlines() if "audit" in line and public_part(key) in line]

    keyed.wait_until(lambda: len(lines()) >= 3, "not all acts are in the log")
    assert all(f"by={public_part(admin)}" in line for line in lines())
    assert key not in keyed.log_path.read_text() and admin not in keyed.log_path.read_text()


def test_before_the_first_key_nobody_makes_one(upstream, tmp_path):
    gateway = KeyedGateway(upstream.url, tmp_path / "log")
    try:
        gateway.wait_until_ready()
        for path in ("/key/generate", "/api/v1/admin/keys"):
            answer = httpx.post(gateway.url + path, json={"key_alias": "a"}, trust_env=False)
            assert answer.status_code == 401, path
        assert gateway.status() == 200
    finally:
        gateway.stop()
