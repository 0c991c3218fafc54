// Every file of values/ rendered and held to all there is: helm lint, its snapshot, schemas, Pod Security, our rules, and
// dragomand check on the documents that come out.
package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

func renderTests(daemon string) []test {
	valid, err := newValidator()
	if err != nil {
		return []test{{"schemas of Kubernetes are there", func() []string { return []string{err.Error()} }}}
	}
	tests := []test{{"kubeconform finds a field that is not there, and one of the wrong type", func() []string {
		wrong := []object{
			{"apiVersion": "v1", "kind": "Service", "metadata": object{"name": "a"}, "spec": object{"prots": []any{}}},
			{"apiVersion": "apps/v1", "kind": "Deployment", "metadata": object{"name": "a"}, "spec": object{"replicas": "three"}},
			{"apiVersion": "gateway.networking.k8s.io/v1", "kind": "TLSRoute", "metadata": object{"name": "a"}, "spec": object{"rules": "none"}},
		}
		var problems []string
		for _, each := range wrong {
			if len(schemaProblems(valid, []object{each})) == 0 {
				problems = append(problems, title(each)+" is called valid")
			}
		}
		return problems
	}}}
	tests = append(tests, test{"there are 30 files of values or more", func() []string {
		if count := len(valuesFiles()); count < 30 {
			return []string{fmt.Sprint("there are ", count)}
		}
		return nil
	}})
	for _, file := range valuesFiles() {
		tests = append(tests, test{file + " is rendered as it should be", func() []string {
			rendered, err := renderFile(file)
			if err != nil {
				return []string{err.Error()}
			}
			values, err := readValues(file)
			if err != nil {
				return []string{err.Error()}
			}
			delete(values, "testCluster")
			problems := lintProblems(values)
			problems = append(problems, snapshotProblems(file, rendered)...)
			problems = append(problems, schemaProblems(valid, rendered.objects)...)
			problems = append(problems, securityProblems(rendered.objects)...)
			problems = append(problems, ruleProblems(rendered)...)
			return append(problems, documentProblems(daemon, rendered)...)
		}})
	}
	return tests
}

func snapshotProblems(file string, rendered rendering) []string {
	kept, err := os.ReadFile(snapshotOf(file))
	if err != nil {
		return []string{err.Error() + ": run tests/chart/run --write"}
	}
	if string(kept) == rendered.text {
		return nil
	}
	before, after := strings.Split(string(kept), "\n"), strings.Split(rendered.text, "\n")
	for i := range after {
		if i >= len(before) || before[i] != after[i] {
			old := "nothing"
			if i < len(before) {
				old = before[i]
			}
			return []string{fmt.Sprintf("%s:%d: was %q, is %q; if that is meant: tests/chart/run --write", snapshotOf(file), i+1, old, after[i])}
		}
	}
	return []string{snapshotOf(file) + " has more lines"}
}

// dragomand check on the documents of each ConfigMap that holds a Gateway.
func documentProblems(daemon string, rendered rendering) []string {
	if daemon == "" {
		return nil
	}
	var problems []string
	for _, each := range rendered.ofKind("ConfigMap") {
		data, _ := each["data"].(object)
		if data["gateway.yaml"] == nil {
			continue
		}
		folder, err := os.MkdirTemp("", "dragoman-documents-")
		if err != nil {
			return []string{err.Error()}
		}
		defer os.RemoveAll(folder)
		for name, text := range data {
			if err := os.WriteFile(filepath.Join(folder, name), []byte(text.(string)), 0o600); err != nil {
				return []string{err.Error()}
			}
		}
		if out, err := exec.Command(daemon, "check", folder).CombinedOutput(); err != nil {
			problems = append(problems, fmt.Sprintf("%s: %s", title(each), strings.ReplaceAll(string(out), folder, "")))
		}
	}
	return problems
}
