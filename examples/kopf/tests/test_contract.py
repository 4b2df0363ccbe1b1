"""Tests of the pure parts: python -m unittest discover -s tests -t ."""

import copy
import unittest

import contract
import related
from contract import ChildRule, Controller, HookError, Kind, RetryLater

MANIFEST = {
    "apiVersion": "metacontroller.k8s.io/v1alpha1",
    "kind": "CompositeController",
    "metadata": {"name": "hello"},
    "spec": {
        "generateSelector": True,
        "parentResource": {"apiVersion": "example.com/v1", "resource": "hellos"},
        "childResources": [
            {"apiVersion": "v1", "resource": "configmaps", "updateStrategy": {"method": "InPlace"}},
            {"apiVersion": "v1", "resource": "secrets"},
        ],
        "hooks": {"sync": {"version": "v2", "webhook": {"url": "http://localhost/hello/sync", "timeout": "1m30s"}}},
    },
}
HELLO = Kind("example.com/v1", "hellos", "Hello", True)
CONFIG_MAP = Kind("v1", "configmaps", "ConfigMap", True)
SECRET = Kind("v1", "secrets", "Secret", True)
KINDS = {CONFIG_MAP: ChildRule("v1", "configmaps", "InPlace"), SECRET: ChildRule("v1", "secrets", "OnDelete")}
PARENT = {"apiVersion": "example.com/v1", "kind": "Hello",
          "metadata": {"name": "one", "namespace": "team", "uid": "u-1", "generation": 3}}


def desired(name: str, kind: str = "ConfigMap", **metadata: object) -> dict:
    return {"apiVersion": "v1", "kind": kind, "metadata": {"name": name, **metadata}}


def observed(name: str, kind: str = "ConfigMap", **metadata: object) -> dict:
    return desired(name, kind, namespace="team", uid=f"uid-of-{name}", **metadata)


def plan(answer: list, config_maps: list = (), secrets: list = ()) -> contract.Plan:
    found = {CONFIG_MAP: list(config_maps), SECRET: list(secrets)}
    return contract.plan(Controller(MANIFEST), PARENT, HELLO, KINDS, found, answer)


def names(items: list) -> list:
    return [item["metadata"]["name"] for _, item in items]


class Requests(unittest.TestCase):
    def test_v2_has_keys_with_a_namespace_and_all_kinds(self) -> None:
        children = {CONFIG_MAP: [observed("a")], SECRET: []}
        request = Controller(MANIFEST).request("sync", PARENT, children, {})
        self.assertEqual(request["children"], {"ConfigMap.v1": {"team/a": observed("a")}, "Secret.v1": {}})
        self.assertEqual((request["finalizing"], request["related"]), (False, {}))
        self.assertEqual(request["controller"], MANIFEST)

    def test_v1_has_names(self) -> None:
        manifest = copy.deepcopy(MANIFEST)
        del manifest["spec"]["hooks"]["sync"]["version"]
        request = Controller(manifest).request("sync", PARENT, {CONFIG_MAP: [observed("a")]}, {})
        self.assertEqual(list(request["children"]["ConfigMap.v1"]), ["a"])

    def test_timeouts(self) -> None:
        self.assertEqual(Controller(MANIFEST).timeout("sync"), 90)
        self.assertEqual(contract.seconds("500ms"), 0.5)

    def test_other_manifests_are_refused(self) -> None:
        with self.assertRaisesRegex(ValueError, "CompositeController"):
            Controller({"kind": "DecoratorController"})


class Answers(unittest.TestCase):
    def test_usable(self) -> None:
        body = {"children": [desired("a")], "status": None, "resyncAfterSeconds": 5}
        self.assertIs(contract.answer(200, {}, body), body)

    def test_unusable(self) -> None:
        for status, body, why in [
            (500, "broken", "500: broken"),
            (422, "spec.who: required", "spec.who"),
            (304, "", "304"),
            (200, None, "no list `children`"),
            (200, {}, "no list `children`"),
            (200, {"children": None}, "no list `children`"),
            (200, {"children": [None]}, r"children\[0\]"),
            (200, {"children": [desired("a"), desired("")]}, r"children\[1\]"),
            (200, {"children": [], "status": "good"}, "status"),
            (200, {"children": [], "resyncAfterSeconds": "5"}, "resyncAfterSeconds"),
        ]:
            with self.subTest(body=body), self.assertRaisesRegex(HookError, why):
                contract.answer(status, {}, body)

    def test_retry_after(self) -> None:
        for value, expected in [("7", 7.0), ("", 1.0), ("soon", 1.0), ("-3", 0.1), ("1e12", 3600.0), ("nan", 1.0),
                                ("Wed, 21 Oct 2015 07:28:00 GMT", 0.1)]:
            with self.subTest(value=value), self.assertRaises(RetryLater) as raised:
                contract.answer(429, {"Retry-After": value}, "")
            self.assertEqual(raised.exception.delay, expected)


class Plans(unittest.TestCase):
    def test_create_update_and_delete_by_absence(self) -> None:
        done = plan([desired("new"), desired("kept")], [observed("kept"), observed("old")])
        self.assertEqual((names(done.create), names(done.update), names(done.delete)), (["new"], ["kept"], ["old"]))

    def test_children_get_namespace_owner_and_label(self) -> None:
        child = plan([{**desired("a", uid="x", resourceVersion="1"), "status": {}}]).create[0][1]
        owner = {"apiVersion": "example.com/v1", "kind": "Hello", "name": "one", "uid": "u-1", "controller": True,
                 "blockOwnerDeletion": True}
        self.assertEqual(child, desired("a", namespace="team", ownerReferences=[owner], labels={"controller-uid": "u-1"}))

    def test_an_update_names_the_object_by_uid(self) -> None:
        self.assertEqual(plan([desired("a")], [observed("a")]).update[0][1]["metadata"]["uid"], "uid-of-a")

    def test_on_delete_never_updates(self) -> None:
        self.assertEqual(plan([desired("a", "Secret")], secrets=[observed("a", "Secret")]).update, [])

    def test_children_being_deleted_are_left_alone(self) -> None:
        leaving = [observed("a", deletionTimestamp="now"), observed("b", deletionTimestamp="now")]
        self.assertEqual(plan([desired("a")], leaving), contract.Plan([], [], []))

    def test_undeclared_and_repeated_children_are_refused(self) -> None:
        for answer, why in [([desired("a", "Pod")], "not in childResources"), ([desired("a"), desired("a")], "twice")]:
            with self.subTest(why=why), self.assertRaisesRegex(HookError, why):
                plan(answer)

    def test_the_answer_is_not_changed(self) -> None:
        answer = [desired("a")]
        plan(answer, [observed("a")])
        self.assertEqual(answer, [desired("a")])

    def test_ownership(self) -> None:
        item = {"metadata": {"ownerReferences": [{"uid": "u-0"}, {"uid": "u-1", "controller": True}]}}
        self.assertTrue(contract.is_owned(item, "u-1"))
        self.assertFalse(contract.is_owned(item, "u-0"))
        self.assertFalse(contract.is_owned({"metadata": {}}, "u-1"))

    def test_status(self) -> None:
        self.assertEqual(contract.status(PARENT, {"ready": 1, "observedGeneration": 1}), {"ready": 1, "observedGeneration": 3})
        self.assertEqual(contract.status(PARENT, None), {"observedGeneration": 3})


class Related(unittest.TestCase):
    def test_selectors(self) -> None:
        labels = {"matchLabels": {"b": "2", "a": "1"}, "matchExpressions": [
            {"key": "c", "operator": "In", "values": ["x", "y"]}, {"key": "d", "operator": "DoesNotExist"}]}
        self.assertEqual(related.selector(labels), "a=1,b=2,c in (x,y),!d")

    def test_rules(self) -> None:
        self.assertEqual(related.rules({}), [])
        rule = related.rules({"relatedResources": [{"apiVersion": "v1", "resource": "configmaps", "names": ["a"]}]})[0]
        self.assertEqual((rule.namespace, rule.names, rule.selector), ("", frozenset({"a"}), ""))
        with self.assertRaisesRegex(HookError, "namespaceSelector"):
            related.rules({"relatedResources": [{"apiVersion": "v1", "resource": "pods", "namespaceSelector": {"a": "b"}}]})


if __name__ == "__main__":
    unittest.main()
