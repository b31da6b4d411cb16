"""Settings: each is listed, secrets are strong, nonsense is refused with what to do."""

import pytest

import config


def test_defaults_give_sqlite_in_the_data_folder(tmp_path):
    found = config.load({"DATA_DIR": str(tmp_path)})
    assert found["DATABASE_URL"] == f"sqlite:///{tmp_path / 'kith.db'}"
    assert found["IS_OPEN"] is True
    assert found["MAIL_FROM"] == "kith@127.0.0.1"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"PUBLIC_URL": "town.example"}, "PUBLIC_URL"),
        ({"PUBLIC_URL": "ftp://town.example"}, "PUBLIC_URL"),
        ({"TRUSTED_PROXIES": "many"}, "TRUSTED_PROXIES"),
        ({"WEB_THREADS": ""}, "WEB_THREADS"),
        ({"METRICS_PORT": "many"}, "METRICS_PORT"),
        ({"METRICS_PORT": "65536"}, "METRICS_PORT"),
        ({"METRICS_PORT": "-1"}, "METRICS_PORT"),
    ],
)
def test_nonsense_is_refused_by_name(tmp_path, given, said):
    with pytest.raises(config.Misconfigured, match=said):
        config.load({"DATA_DIR": str(tmp_path), **given})


GOOD = "r8Yc1vQ0-mZ5xWb7LkTfD3sHnJ9pGuEa2oViR6tB"


@pytest.mark.parametrize(
    "weak", ["", "short", "a" * 60, "changeme" + GOOD, "secret-" + GOOD, "dev" + GOOD]
)
def test_production_refuses_weak_and_known_secrets(weak):
    given = dict.fromkeys(config.SECRETS, GOOD) | {"KITH_ENV": "production"}
    config.refuse_weak(given)
    with pytest.raises(config.Misconfigured, match="SECRET_KEY"):
        config.refuse_weak(given | {"SECRET_KEY": weak})


def test_the_environment_stands_before_the_file(tmp_path):
    (tmp_path / "secrets.json").write_text('{"SECRET_KEY": "of the file", "TOTP_SECRET": "kept"}')
    found = config.secrets(tmp_path, {"SECRET_KEY": "of the environment"})
    assert found == {"SECRET_KEY": "of the environment", "TOTP_SECRET": "kept"}


def test_every_setting_says_what_it_means():
    assert all(setting.meaning and setting.name.isupper() for setting in config.SETTINGS)
