// The same by the helm that people run, as a program: it lints every file of values, makes the objects that its engine made
// here, and says the sentences of wrong values; the chart can be packed.
package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"

	"sigs.k8s.io/yaml"
)

func helmTests(helm string) []test {
	if helm == "" {
		return nil
	}
	tests := []test{{"helm packs the chart, and what is packed renders", func() []string { return packProblems(helm) }}}
	for _, file := range valuesFiles() {
		tests = append(tests, test{"helm lints and renders " + file, func() []string { return commandProblems(helm, file) }})
	}
	mistakes, _ := filepath.Glob("mistakes/*.yaml")
	for _, file := range mistakes {
		tests = append(tests, test{"helm refuses " + file + " with its sentence", func() []string { return refusalProblems(helm, file) }})
	}
	return tests
}

// Standard output, and what else it said when it failed.
func runHelm(helm string, arguments ...string) (string, error) {
	var out, said strings.Builder
	command := exec.Command(helm, arguments...)
	command.Stdout, command.Stderr = &out, &said
	if err := command.Run(); err != nil {
		return "", fmt.Errorf("helm %s: %w\n%s%s", strings.Join(arguments, " "), err, out.String(), said.String())
	}
	return out.String(), nil
}

func templateArguments(chart, values string) []string {
	return []string{"template", "dragoman", chart, "--namespace", "identity", "--kube-version", kubernetesVersion, "--values", values}
}

func commandProblems(helm, file string) []string {
	expected, err := renderFile(file)
	if err != nil {
		return []string{err.Error()}
	}
	values, err := readValues(file)
	if err != nil {
		return []string{err.Error()}
	}
	interfaces, _ := values["testCluster"].([]any)
	delete(values, "testCluster")
	folder, err := os.MkdirTemp("", "dragoman-values-")
	if err != nil {
		return []string{err.Error()}
	}
	defer os.RemoveAll(folder)
	text, err := yaml.Marshal(values)
	if err != nil {
		return []string{err.Error()}
	}
	plain := filepath.Join(folder, "values.yaml")
	if err := os.WriteFile(plain, text, 0o600); err != nil {
		return []string{err.Error()}
	}
	if _, err := runHelm(helm, "lint", chartFolder, "--strict", "--quiet", "--kube-version", kubernetesVersion, "--values", plain); err != nil {
		return []string{err.Error()}
	}
	arguments := templateArguments(chartFolder, plain)
	for _, name := range interfaces {
		arguments = append(arguments, "--api-versions", name.(string))
	}
	out, err := runHelm(helm, arguments...)
	if err != nil {
		return []string{err.Error()}
	}
	rendered, err := split(map[string]string{"helm template": out})
	if err != nil {
		return []string{err.Error()}
	}
	return differences(expected.objects, rendered.objects)
}

// Whether a text of many lines ends with one more line end depends on what stands behind it in the file.
func trimmed(value any) any {
	switch value := value.(type) {
	case object:
		copied := object{}
		for name, part := range value {
			copied[name] = trimmed(part)
		}
		return copied
	case []any:
		copied := []any{}
		for _, part := range value {
			copied = append(copied, trimmed(part))
		}
		return copied
	case string:
		return strings.TrimRight(value, "\n")
	}
	return value
}

// helm sorts objects; each has a kind and a name of its own.
func differences(expected, rendered []object) []string {
	var problems []string
	found := map[string]object{}
	for _, each := range rendered {
		found[title(each)] = each
	}
	for _, each := range expected {
		if !reflect.DeepEqual(trimmed(found[title(each)]), trimmed(each)) {
			problems = append(problems, title(each)+" is another one")
		}
		delete(found, title(each))
	}
	for name := range found {
		problems = append(problems, name+" was not expected")
	}
	return problems
}

func refusalProblems(helm, file string) []string {
	expected, err := expectedSentence(file)
	if err != nil {
		return []string{err.Error()}
	}
	_, err = runHelm(helm, templateArguments(chartFolder, file)...)
	if err == nil {
		return []string{"these values are taken"}
	}
	if !strings.Contains(err.Error(), expected) {
		return []string{"expected: " + expected, "said: " + err.Error()}
	}
	return nil
}

func packProblems(helm string) []string {
	folder, err := os.MkdirTemp("", "dragoman-chart-")
	if err != nil {
		return []string{err.Error()}
	}
	defer os.RemoveAll(folder)
	if _, err := runHelm(helm, "package", chartFolder, "--destination", folder); err != nil {
		return []string{err.Error()}
	}
	packed, err := filepath.Glob(folder + "/dragoman-*.tgz")
	if err != nil || len(packed) != 1 {
		return []string{fmt.Sprint("packages: ", packed, err)}
	}
	if _, err := runHelm(helm, templateArguments(packed[0], "values/smallest.yaml")...); err != nil {
		return []string{err.Error()}
	}
	return nil
}
