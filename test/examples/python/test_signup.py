import json
import os
import unittest
import urllib.parse
import urllib.request
import uuid

from app import sign_up

URL = os.environ["MAILDOUBLE_URL"]


def latest(field="", **filters):
    """The newest match, as soon as it is there: wait=5s is no sleep."""
    query = urllib.parse.urlencode({**filters, "wait": "5s"})
    with urllib.request.urlopen(f"{URL}/api/messages/latest{field}?{query}") as answer:
        return answer.read().decode()


class SignUp(unittest.TestCase):
    def test_gets_a_code_and_a_link(self):
        ada = f"ada.{uuid.uuid4().hex}@example.com"
        sign_up(ada)

        message = json.loads(latest(to=ada, subject="welcome"))
        self.assertEqual(message["envelope"]["to"], [ada])
        self.assertEqual(latest("/otp", to=ada), "739204")
        self.assertEqual(latest("/link", to=ada), "https://app.example/confirm?token=7")


if __name__ == "__main__":
    unittest.main()
