from __future__ import annotations

from pathlib import Path

import pytest
from git_project import Project

import mlsnap
from mlsnap.lineage import code as codes
from mlsnap.lineage import leaks

DIGITS = "0a1B2c3D4e5F6g7H8i9J" * 5

SECRETS = [
    "-----BEGIN RSA PRIVATE " + "KEY-----",
    'key = "-----BEGIN PRIVATE ' + 'KEY-----\\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASC"',
    "aws = AKIA" + "QWERTYUIOPASDFG1",
    f"ghp_{DIGITS[:36]}",
    f"github_pat_{DIGITS[:82]}",
    f"glpat-{DIGITS[:20]}",
    "xoxb" + f"-123456789012-{DIGITS[:24]}",
    f"https://hooks.slack.com/services/T00000000/B00000000/{DIGITS[:24]}",
    f"OPENAI = 'sk-proj-{DIGITS[:48]}'",
    f"sk-{DIGITS[:48]}",
    f"AIza{DIGITS[:35]}",
    "eyJ" + f"{DIGITS[:20]}.eyJ{DIGITS[:30]}.{DIGITS[:30]}",
    "engine('postgresql://me:s3cr8tW0rd@db.example.org/x')".replace("s3cr8t", "pQ7z"),
    'password = "Tr0ub4dor&3"',
    "PGPASSWORD: str = 'kT9#vv2Lq0'",
    'config["api_key"] = "8f14e45fceea167a5a36dedd4bea2543"',
    '{"client_secret": "q8Zr0-V4x2Lk9TtB1nY6"}',
    "login(token='a8Zr0V4x2Lk9TtB1nY6w')",
]

ORDINARY = [
    "password = getpass.getpass()",
    'password = os.environ["PGPASSWORD"]',
    'password = "changeme123"',
    'password="<your password 1>"',
    "password = 'test1234'",
    "token = tokenizer.convert_tokens_to_ids('x1')",
    'pad_token = "<|endoftext|>"',
    'unk_token="[UNK]"',
    'token = "bert-base-uncased-v2"',
    "max_token = 'n0_such_thing'",
    'secret = "projects/123/secrets/db-1/versions/4"',
    'api_key = "${API_KEY_2}"',
    "url = f'postgresql://{user}:{password}@{host}/db'",
    "url = 'postgresql://user:password@localhost/db'",
    "url = 'http://localhost:8080/path@2'",
    'if "-----BEGIN PRIVATE KEY-----" in text:',
    "commit = '4b825dc642cb6eb9a060e54bf8d69288fbee4904'",
    "sha256: 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "AKIAIOSFODNN7EXAMPLE",
    "model = 'sk-learn-pipeline-with-a-very-long-name-indeed'",
    "access_key: str = field(default='')",
    "token_count = 'a8Zr0V4x2Lk9TtB1nY6w'",
    "def f(password: str = '12345678') -> None: ...",
]


@pytest.mark.parametrize("line", SECRETS)
def test_a_secret_is_suspected(line: str) -> None:
    assert leaks.looks_secret(line.encode())


@pytest.mark.parametrize("line", ORDINARY)
def test_an_ordinary_line_is_not(line: str) -> None:
    assert not leaks.looks_secret(line.encode())


def test_a_value_without_quotes_counts_in_configuration_only() -> None:
    line = b"db_password: kT9vv2Lq0\n"
    assert leaks.in_files([("conf/a.yaml", line), ("a.py", line)]) == ("conf/a.yaml:1",)


def test_the_project_s_own_code_raises_no_alarm() -> None:
    root = Path(mlsnap.__file__).parent
    sources = [(each.name, each.read_bytes()) for each in root.rglob("*.py")]
    assert len(sources) > 100
    assert [place for each in sources for place in leaks.in_files([each])] == []


def test_the_code_of_the_standard_library_raises_few_alarms() -> None:
    root = Path(leaks.re.__file__).parents[1]
    sources = [(each.name, each.read_bytes()) for each in sorted(root.glob("*.py"))[:120]]
    assert len(sources) == 120
    assert [place for each in sources for place in leaks.in_files([each])] == []


def test_a_line_of_data_is_not_looked_at() -> None:
    assert not leaks.looks_secret(b"x" * 5_000 + SECRETS[3].encode())


def test_places_are_named_and_values_are_not(project: Project, tmp_path: Path) -> None:
    project.write("train.py", f"print(1)\nprint(2)\nprint(3)\nTOKEN = '{SECRETS[3]}'\n")
    project.write("new/größe.py", f"\n\n{SECRETS[13]}\n")
    code = codes.capture(project.root, into=tmp_path / "a")
    assert code is not None
    assert code.suspects == ("new/größe.py:3", "train.py:4")
    assert DIGITS[:10] not in repr(code)


def test_what_was_committed_or_removed_is_not_suspected(project: Project, tmp_path: Path) -> None:
    project.write("train.py", f"{SECRETS[3]}\n")
    project.write("other.py", f"{SECRETS[3]}\n1\n")
    project.commit()
    project.write("train.py", "1\n")
    project.write("other.py", f"{SECRETS[3]}\n2\n")
    code = codes.capture(project.root, into=tmp_path / "a")
    assert code is not None
    assert (code.dirty, code.suspects) == (True, ())


def test_no_more_places_are_named_than_can_be_read() -> None:
    many = [("a.py", f"{SECRETS[3]}\n".encode() * 100)]
    assert len(leaks.in_files(many)) == leaks.LIMIT
