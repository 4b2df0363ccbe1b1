// Package set makes Pods with fixed names and volumes, in order.
//
// Pod N is only made when the Pods before it are ready, and only removed when those after it are gone. The finalize hook
// (the same function) removes the Pods in that order as well; the volumes stay until the end.
package set

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"metawasm"
)

type object = map[string]any

// Settings of the plugin: it has none.
type Settings struct{}

type orderedSet struct {
	Metadata struct {
		Name string `json:"name"`
	} `json:"metadata"`
	Spec struct {
		Replicas    int      `json:"replicas"`
		ServiceName string   `json:"serviceName"`
		Template    template `json:"template"`
		Volumes     []volume `json:"volumes"`
	} `json:"spec"`
}

// template has the fields that the hook does not read as they are.
type template struct {
	Metadata map[string]json.RawMessage `json:"metadata"`
	Spec     map[string]json.RawMessage `json:"spec"`
}

type volume struct {
	Metadata struct {
		Name string `json:"name"`
	} `json:"metadata"`
	Spec json.RawMessage `json:"spec"`
}

type pod struct {
	Metadata struct {
		DeletionTimestamp string `json:"deletionTimestamp"`
	} `json:"metadata"`
	Status struct {
		Conditions []struct {
			Type   string `json:"type"`
			Status string `json:"status"`
		} `json:"conditions"`
	} `json:"status"`
}

// identity is what names an object.
type identity struct {
	APIVersion string `json:"apiVersion"`
	Kind       string `json:"kind"`
	Metadata   struct {
		Name string `json:"name"`
	} `json:"metadata"`
}

// Sync is the hook for sync and finalize.
func Sync(request metawasm.Request, _ Settings) (metawasm.Response, error) {
	var answer metawasm.Response
	var parent orderedSet
	if err := metawasm.Into(request.Parent, &parent); err != nil {
		return answer, err
	}
	name, goal := parent.Metadata.Name, parent.Spec.Replicas
	if request.Finalizing {
		goal = 0
	}
	pods := request.Children["Pod.v1"]
	present := ordinals(name, pods)
	ready := 0
	for ; ready < goal; ready++ {
		isReady, err := isReady(pods[podName(name, ready)])
		if err != nil {
			return answer, err
		}
		if !isReady {
			break
		}
	}
	answer.Status = object{"replicas": len(present), "readyReplicas": ready}
	if request.Finalizing && len(present) == 0 {
		answer.Finalized = true
		return answer, nil
	}

	kept := keep(present, goal, ready)
	names := map[string]bool{}
	var claims []any
	for _, index := range kept {
		pod, err := parent.pod(index)
		if err != nil {
			return answer, err
		}
		answer.Children = append(answer.Children, pod)
		for _, volume := range parent.Spec.Volumes {
			claim := volume.Metadata.Name + "-" + podName(name, index)
			names[claim] = true
			claims = append(claims, parent.claim(claim, volume))
		}
	}
	answer.Children = append(answer.Children, claims...)

	observed := request.Children["PersistentVolumeClaim.v1"]
	for _, key := range slices.Sorted(maps.Keys(observed)) {
		var claim identity
		if err := metawasm.Into(observed[key], &claim); err != nil {
			return answer, err
		}
		if !names[claim.Metadata.Name] {
			answer.Children = append(answer.Children, claim)
		}
	}
	return answer, nil
}

// keep returns the indexes of the Pods that should exist: all that exist, but for one, the next to make or the last to
// remove.
func keep(present []int, goal, ready int) []int {
	missing := 0
	for missing < len(present) && present[missing] == missing {
		missing++
	}
	if missing < goal && missing <= ready {
		return slices.Insert(slices.Clone(present), missing, missing)
	}
	if last := len(present) - 1; last >= 0 && present[last] >= goal {
		return present[:last]
	}
	return present
}

func podName(set string, index int) string { return set + "-" + strconv.Itoa(index) }

// ordinals returns the indexes of the Pods of the set, sorted.
func ordinals(set string, pods map[string]metawasm.Object) []int {
	indexes := []int{}
	for name := range pods {
		digits, found := strings.CutPrefix(name, set+"-")
		if index, err := strconv.ParseUint(digits, 10, 31); found && err == nil {
			indexes = append(indexes, int(index))
		}
	}
	slices.Sort(indexes)
	return indexes
}

func isReady(observed metawasm.Object) (bool, error) {
	if observed == nil {
		return false, nil
	}
	var pod pod
	if err := metawasm.Into(observed, &pod); err != nil {
		return false, err
	}
	if pod.Metadata.DeletionTimestamp != "" {
		return false, nil
	}
	for _, condition := range pod.Status.Conditions {
		if condition.Type == "Ready" && condition.Status == "True" {
			return true, nil
		}
	}
	return false, nil
}

func (s *orderedSet) pod(index int) (object, error) {
	name := podName(s.Metadata.Name, index)
	var volumes []any
	if own := s.Spec.Template.Spec["volumes"]; own != nil {
		if err := json.Unmarshal(own, &volumes); err != nil {
			return nil, metawasm.Invalid("spec.template.spec.volumes: expected a list")
		}
	}
	for _, volume := range s.Spec.Volumes {
		claim := fmt.Sprintf("%s-%s", volume.Metadata.Name, name)
		volumes = append(volumes, object{
			"name":                  volume.Metadata.Name,
			"persistentVolumeClaim": object{"claimName": claim},
		})
	}
	if volumes == nil {
		volumes = []any{}
	}
	metadata, spec := object{}, object{}
	for key, value := range s.Spec.Template.Metadata {
		metadata[key] = value
	}
	for key, value := range s.Spec.Template.Spec {
		spec[key] = value
	}
	metadata["name"] = name
	spec["hostname"], spec["subdomain"], spec["volumes"] = name, s.Spec.ServiceName, volumes
	return object{"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec}, nil
}

func (s *orderedSet) claim(name string, volume volume) object {
	metadata := object{"name": name}
	if labels := s.Spec.Template.Metadata["labels"]; labels != nil {
		metadata["labels"] = labels
	}
	return object{"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": metadata, "spec": volume.Spec}
}
