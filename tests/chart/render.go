// The chart rendered by helm's own engine, as helm template does it: values merged and held to the schema, templates filled
// in, hooks and objects in the order in which they would be made.
package main

import (
	"fmt"
	"os"
	"path"
	"reflect"
	"sort"
	"strings"

	"helm.sh/helm/v4/pkg/chart/common"
	chartutil "helm.sh/helm/v4/pkg/chart/common/util"
	"helm.sh/helm/v4/pkg/chart/v2/lint"
	"helm.sh/helm/v4/pkg/chart/v2/loader"
	"helm.sh/helm/v4/pkg/engine"
	"sigs.k8s.io/yaml"
)

const kubernetesVersion = "v1.37.2"

type object = map[string]any

type rendering struct {
	// As text, each with the template it came from, in the order of templates; what snapshots keep.
	text    string
	objects []object
	notes   string
}

func readValues(file string) (map[string]any, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	values := map[string]any{}
	return values, yaml.Unmarshal(text, &values)
}

func renderFile(file string) (rendering, error) {
	values, err := readValues(file)
	if err != nil {
		return rendering{}, err
	}
	return render(values)
}

// Where a file of values wants more of a cluster, such as OpenShift's interfaces, it says so beside the chart's own values.
func capabilities(values map[string]any) (*common.Capabilities, error) {
	version, err := common.ParseKubeVersion(kubernetesVersion)
	if err != nil {
		return nil, err
	}
	cluster := *common.DefaultCapabilities
	cluster.KubeVersion = *version
	interfaces, _ := values["testCluster"].([]any)
	delete(values, "testCluster")
	for _, name := range interfaces {
		cluster.APIVersions = append(append(common.VersionSet{}, cluster.APIVersions...), name.(string))
	}
	return &cluster, nil
}

func render(values map[string]any) (rendering, error) {
	var result rendering
	cluster, err := capabilities(values)
	if err != nil {
		return result, err
	}
	chart, err := loader.LoadDir(chartFolder)
	if err != nil {
		return result, err
	}
	release := common.ReleaseOptions{Name: "dragoman", Namespace: "identity", Revision: 1, IsInstall: true}
	all, err := chartutil.ToRenderValues(chart, values, release, cluster)
	if err != nil {
		return result, err
	}
	files, err := engine.Render(chart, all)
	if err != nil {
		return result, err
	}
	return split(files)
}

func split(files map[string]string) (rendering, error) {
	var result rendering
	names := make([]string, 0, len(files))
	for name := range files {
		names = append(names, name)
	}
	sort.Strings(names)
	var text strings.Builder
	for _, name := range names {
		content := strings.TrimSpace(files[name])
		if path.Base(name) == "NOTES.txt" {
			result.notes = content
			continue
		}
		if strings.HasPrefix(path.Base(name), "_") || content == "" {
			continue
		}
		for _, document := range strings.Split("\n"+content, "\n---") {
			if strings.TrimSpace(document) == "" {
				continue
			}
			var parsed object
			if err := yaml.UnmarshalStrict([]byte(document), &parsed); err != nil {
				return result, fmt.Errorf("%s: %w\n%s", name, err, document)
			}
			if parsed == nil {
				continue
			}
			result.objects = append(result.objects, parsed)
			normal, err := yaml.Marshal(short(parsed))
			if err != nil {
				return result, err
			}
			fmt.Fprintf(&text, "---\n# %s\n%s", name, normal)
		}
	}
	result.text = text.String() + "---\n# NOTES.txt\n" + indented(result.notes)
	return result, nil
}

// An object with the name of a file of the chart in place of its whole content, so that snapshots stay when that changes.
func short(whole object) object {
	copied := object{}
	for name, part := range whole {
		copied[name] = part
	}
	if whole["kind"] == "PrometheusRule" && sameAsFile("files/alerts.yaml", whole["spec"]) {
		copied["spec"] = "files/alerts.yaml"
	}
	if dashboard, is := at(whole, "data", "dragoman.json").(string); is {
		var parsed any
		if yaml.Unmarshal([]byte(dashboard), &parsed) == nil && sameAsFile("files/dashboard.json", parsed) {
			copied["data"] = object{"dragoman.json": "files/dashboard.json"}
		}
	}
	return copied
}

func sameAsFile(name string, content any) bool {
	text, err := os.ReadFile(chartFolder + "/" + name)
	if err != nil {
		return false
	}
	var kept any
	return yaml.Unmarshal(text, &kept) == nil && reflect.DeepEqual(kept, content)
}

func indented(notes string) string {
	return "notes: |\n  " + strings.ReplaceAll(notes, "\n", "\n  ") + "\n"
}

// As helm lint --strict: warnings are mistakes.
func lintProblems(values map[string]any) []string {
	version, err := common.ParseKubeVersion(kubernetesVersion)
	if err != nil {
		return []string{err.Error()}
	}
	const warning = 2
	var problems []string
	for _, message := range lint.RunAll(chartFolder, values, "identity", lint.WithKubeVersion(version)).Messages {
		if message.Severity >= warning {
			problems = append(problems, message.Error())
		}
	}
	return problems
}

// A part of an object by its path; nil where there is none.
func at(value any, path ...string) any {
	for _, name := range path {
		mapping, is := value.(object)
		if !is {
			return nil
		}
		value = mapping[name]
	}
	return value
}

func textAt(value any, path ...string) string {
	text, _ := at(value, path...).(string)
	return text
}

func listAt(value any, path ...string) []any {
	list, _ := at(value, path...).([]any)
	return list
}

func (r rendering) ofKind(kinds ...string) []object {
	var found []object
	for _, each := range r.objects {
		for _, kind := range kinds {
			if each["kind"] == kind {
				found = append(found, each)
			}
		}
	}
	return found
}

func title(each object) string {
	return fmt.Sprintf("%v %v", each["kind"], at(each, "metadata", "name"))
}
