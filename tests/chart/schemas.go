// What the API server would say of an object's shape: kubeconform over schemas made from Kubernetes' own OpenAPI documents and
// from the CRDs of the Gateway API and of Prometheus' operator, as their modules carry them (schemas/go.mod). Closed: a
// field that is not there is a mistake.
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/yannh/kubeconform/pkg/resource"
	"github.com/yannh/kubeconform/pkg/validator"
	"sigs.k8s.io/yaml"
)

// Folders of the modules in schemas/go.mod by their paths.
func moduleFolders() (map[string]string, error) {
	command := exec.Command("go", "mod", "download", "-json")
	command.Dir = "schemas"
	command.Stderr = os.Stderr
	text, err := command.Output()
	if err != nil {
		return nil, fmt.Errorf("go mod download: %w", err)
	}
	folders := map[string]string{}
	decoder := json.NewDecoder(bytes.NewReader(text))
	for decoder.More() {
		var module struct{ Path, Dir string }
		if err := decoder.Decode(&module); err != nil {
			return nil, err
		}
		folders[module.Path] = module.Dir
	}
	return folders, nil
}

// Kinds of Kubernetes' own that the chart renders: definition and file name as kubeconform looks for it.
var definitions = map[string]string{
	"io.k8s.api.core.v1.ConfigMap": "configmap-v1", "io.k8s.api.core.v1.Service": "service-v1", "io.k8s.api.core.v1.Pod": "pod-v1",
	"io.k8s.api.core.v1.ServiceAccount": "serviceaccount-v1", "io.k8s.api.core.v1.Secret": "secret-v1",
	"io.k8s.api.apps.v1.Deployment": "deployment-apps-v1", "io.k8s.api.apps.v1.StatefulSet": "statefulset-apps-v1",
	"io.k8s.api.batch.v1.Job": "job-batch-v1", "io.k8s.api.policy.v1.PodDisruptionBudget": "poddisruptionbudget-policy-v1",
	"io.k8s.api.autoscaling.v2.HorizontalPodAutoscaler": "horizontalpodautoscaler-autoscaling-v2",
	"io.k8s.api.networking.v1.NetworkPolicy":            "networkpolicy-networking-v1",
	"io.k8s.api.networking.v1.Ingress":                  "ingress-networking-v1",
}

// An OpenAPI definition as JSON Schema: closed where it names its members, and what Kubernetes takes as number or text as both.
func closeSchema(schema any) {
	switch part := schema.(type) {
	case []any:
		for _, each := range part {
			closeSchema(each)
		}
	case object:
		if part["format"] == "int-or-string" || part["x-kubernetes-int-or-string"] == true {
			delete(part, "format")
			part["type"] = []any{"integer", "string"}
		}
		_, isObject := part["properties"].(object)
		if isObject && part["additionalProperties"] == nil && part["x-kubernetes-preserve-unknown-fields"] != true {
			part["additionalProperties"] = false
		}
		for _, each := range part {
			closeSchema(each)
		}
	}
}

func writeKubernetes(module, folder string) error {
	text, err := os.ReadFile(module + "/api/openapi-spec/swagger.json")
	if err != nil {
		return err
	}
	var document object
	if err := json.Unmarshal(text, &document); err != nil {
		return err
	}
	all := document["definitions"].(object)
	closeSchema(all)
	const quantity = "io.k8s.apimachinery.pkg.api.resource.Quantity"
	all[quantity].(object)["type"] = []any{"string", "number"}
	shared, err := json.Marshal(object{"definitions": all})
	if err != nil {
		return err
	}
	if err := os.WriteFile(folder+"/all.json", shared, 0o644); err != nil {
		return err
	}
	for definition, name := range definitions {
		if all[definition] == nil {
			return fmt.Errorf("Kubernetes has no %s", definition)
		}
		schema := fmt.Sprintf(`{"$ref": "all.json#/definitions/%s"}`, definition)
		if err := os.WriteFile(folder+"/"+name+".json", []byte(schema), 0o644); err != nil {
			return err
		}
	}
	return nil
}

func writeCustom(pattern, folder string) error {
	files, err := filepath.Glob(pattern)
	if err != nil || len(files) == 0 {
		return fmt.Errorf("%s: no CRDs (%v)", pattern, err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		var definition object
		if err := yaml.Unmarshal(text, &definition); err != nil {
			return err
		}
		if definition["kind"] != "CustomResourceDefinition" {
			continue
		}
		kind := strings.ToLower(textAt(definition, "spec", "names", "kind"))
		group := strings.Split(textAt(definition, "spec", "group"), ".")[0]
		for _, version := range listAt(definition, "spec", "versions") {
			if served, _ := at(version, "served").(bool); !served {
				continue
			}
			schema := at(version, "schema", "openAPIV3Schema").(object)
			schema["properties"].(object)["metadata"] = object{"type": "object"}
			closeSchema(schema)
			out, err := json.Marshal(schema)
			if err != nil {
				return err
			}
			name := fmt.Sprintf("%s/%s-%s-%s.json", folder, kind, group, textAt(version, "name"))
			if err := os.WriteFile(name, out, 0o644); err != nil {
				return err
			}
		}
	}
	return nil
}

func newValidator() (validator.Validator, error) {
	folder, err := os.MkdirTemp("", "dragoman-schemas-")
	if err != nil {
		return nil, err
	}
	modules, err := moduleFolders()
	if err != nil {
		return nil, err
	}
	if err := writeKubernetes(modules["k8s.io/kubernetes"], folder); err != nil {
		return nil, err
	}
	if err := writeCustom(modules["sigs.k8s.io/gateway-api"]+"/config/crd/standard/*.yaml", folder); err != nil {
		return nil, err
	}
	if err := writeCustom(modules["github.com/prometheus-operator/prometheus-operator"]+"/example/prometheus-operator-crd/*.yaml", folder); err != nil {
		return nil, err
	}
	return validator.New([]string{folder + "/{{ .ResourceKind }}{{ .KindSuffix }}.json"}, validator.Opts{Strict: true})
}

func schemaProblems(valid validator.Validator, objects []object) []string {
	var problems []string
	for _, each := range objects {
		text, err := yaml.Marshal(each)
		if err != nil {
			return []string{err.Error()}
		}
		result := valid.ValidateResource(resource.Resource{Path: title(each), Bytes: text})
		if result.Status != validator.Valid {
			problems = append(problems, fmt.Sprintf("%s: %v", title(each), result.Err))
		}
	}
	return problems
}
