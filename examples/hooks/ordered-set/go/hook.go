// Command ordered-set is the hook of the package set as a plugin.
package main

import (
	"metawasm"
	"ordered-set/set"
)

func init() {
	metawasm.Describe(metawasm.Description{
		Name:    "ordered-set",
		Version: "0.1.0",
		Parent:  metawasm.Kind{APIVersion: "example.com/v1", Kind: "OrderedSet", Resource: "orderedsets"},
		Children: []metawasm.Child{
			{
				Kind:           metawasm.Kind{APIVersion: "v1", Kind: "Pod", Resource: "pods"},
				UpdateStrategy: "Recreate",
			},
			{
				Kind:           metawasm.Kind{APIVersion: "v1", Kind: "PersistentVolumeClaim", Resource: "persistentvolumeclaims"},
				UpdateStrategy: "OnDelete",
			},
		},
	})
	metawasm.Sync(set.Sync)
	metawasm.Finalize(set.Sync)
}

func main() {}
