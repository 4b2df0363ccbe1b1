import unittest

import metawasm

PODS = {"Pod.v1": {"a/x": {"metadata": {"name": "x"}}}, "Job.batch/v1": {}}


class Helpers(unittest.TestCase):
    def test_objects(self):
        self.assertEqual(metawasm.objects(PODS, "Pod"), metawasm.objects(PODS, "Pod.v1"))
        self.assertEqual(metawasm.objects(PODS, "Job"), [])
        self.assertEqual(metawasm.objects(None, "Job"), [])
        self.assertEqual(metawasm.find(PODS, "Pod", "x"), {"metadata": {"name": "x"}})
        self.assertIsNone(metawasm.find(PODS, "Pod", "y"))

    def test_condition(self):
        old = {"type": "Ready", "status": "True", "lastTransitionTime": "t"}
        same = metawasm.condition("Ready", True, "R", observed=[old])
        self.assertEqual(same["lastTransitionTime"], "t")
        self.assertNotIn("lastTransitionTime", metawasm.condition("Ready", None, "R", observed=[old]))

    def test_name(self):
        self.assertEqual(metawasm.name("web", 0), "web-0")
        for parts in [("Web",), ("a" * 100,), ("-",), ("ü", "x"), ("a.", "b" * 62)]:
            name = metawasm.name(*parts)
            self.assertRegex(name, r"^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$")
            self.assertLessEqual(len(name), 63)
            self.assertEqual(name, metawasm.name(*parts))
        self.assertNotEqual(metawasm.name("Web"), metawasm.name("wEb"))

    def test_hash(self):
        self.assertEqual(metawasm.hash({"a": 1, "b": 2}), metawasm.hash({"b": 2, "a": 1}))
        self.assertEqual(len(metawasm.hash("x")), 10)

    def test_quantity(self):
        table = [("500m", 0.5), ("1Gi", 1 << 30), ("2k", 2000), (3, 3), ("1e3", 1000), ("-1", -1), (".5", 0.5)]
        for text, number in table:
            self.assertEqual(metawasm.quantity(text), number, text)
        for text in ["", "x", "1 Gi", "1KB", "e3", None]:
            with self.assertRaises(metawasm.Invalid):
                metawasm.quantity(text)


if __name__ == "__main__":
    unittest.main()
