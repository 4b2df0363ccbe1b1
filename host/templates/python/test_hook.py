import unittest

from hook import sync
from metawasm import Invalid


def request(spec):
    return {"parent": {"metadata": {"name": "example"}, "spec": spec}, "children": {}, "related": {}}


class Sync(unittest.TestCase):
    def test_message_is_required(self):
        with self.assertRaisesRegex(Invalid, "spec.message"):
            sync(request({}), {})

    def test_children(self):
        answer = sync(request({"message": "Hi"}), {})
        self.assertEqual([child["kind"] for child in answer["children"]], ["ConfigMap", "Deployment"])
