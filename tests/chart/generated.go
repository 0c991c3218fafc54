// values.schema.json and README.md from the comments of values.yaml: one line above each value says what it is and, in
// brackets, what may stand there. Closed: what has no such line is refused.
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"regexp"
	"strconv"
	"strings"

	"sigs.k8s.io/yaml"
)

type value struct {
	path     []string
	sentence string
	// What may stand there, as written in brackets; empty where the default says it.
	kinds    []string
	fallback any
	children []*value
}

var (
	keyLine  = regexp.MustCompile(`^( *)([A-Za-z][A-Za-z0-9]*):`)
	bracket  = regexp.MustCompile(`\s*\[([^\]]*)\]$`)
	countsOf = regexp.MustCompile(`^(\d+) to (\d+)$`)
)

// The lines of a file like values.yaml as a tree.
func readTree(text string) (*value, error) {
	root := &value{}
	var defaults map[string]any
	if err := yaml.Unmarshal([]byte(text), &defaults); err != nil {
		return nil, err
	}
	open := []*value{root}
	comment := ""
	for number, line := range strings.Split(text, "\n") {
		trimmed := strings.TrimSpace(line)
		if strings.HasPrefix(trimmed, "#") {
			comment = strings.TrimSpace(strings.TrimPrefix(trimmed, "#"))
			continue
		}
		match := keyLine.FindStringSubmatch(line)
		if match == nil {
			comment = ""
			continue
		}
		depth := len(match[1]) / 2
		if depth >= len(open) {
			continue // within a value that is free
		}
		open = open[:depth+1]
		parent := open[depth]
		each := &value{path: append(append([]string{}, parent.path...), match[2])}
		each.sentence, each.kinds = splitComment(comment)
		if each.sentence == "" {
			return nil, fmt.Errorf("line %d: %s has no comment that says what it is", number+1, match[2])
		}
		each.fallback = at(defaults, each.path...)
		parent.children = append(parent.children, each)
		if _, isMapping := each.fallback.(map[string]any); isMapping && len(each.kinds) == 0 {
			open = append(open, each)
		}
		comment = ""
	}
	return root, nil
}

func splitComment(comment string) (string, []string) {
	var kinds []string
	for match := bracket.FindStringSubmatch(comment); match != nil; match = bracket.FindStringSubmatch(comment) {
		kinds = append(kinds, match[1])
		comment = strings.TrimSuffix(comment, match[0])
	}
	return comment, kinds
}

func (v *value) is(kind string) bool {
	for _, each := range v.kinds {
		if each == kind {
			return true
		}
	}
	return false
}

// What may stand there but for "needed".
func (v *value) kind() string {
	for _, each := range v.kinds {
		if each != "needed" {
			return each
		}
	}
	switch v.fallback.(type) {
	case string:
		return "string"
	case bool:
		return "boolean"
	}
	return ""
}

func closed(values []*value, shapes map[string]*value) (object, error) {
	properties, needed := object{}, []string{}
	for _, each := range values {
		schema, err := each.schema(shapes)
		if err != nil {
			return nil, err
		}
		properties[each.path[len(each.path)-1]] = schema
		if each.is("needed") {
			needed = append(needed, each.path[len(each.path)-1])
		}
	}
	schema := object{"type": "object", "additionalProperties": false, "properties": properties}
	if len(needed) > 0 {
		schema["required"] = needed
	}
	return schema, nil
}

func (v *value) schema(shapes map[string]*value) (object, error) {
	kind := v.kind()
	var schema object
	switch {
	case kind == "" && len(v.children) > 0:
		var err error
		if schema, err = closed(v.children, shapes); err != nil {
			return nil, err
		}
	case strings.HasPrefix(kind, "one of "):
		choices := []any{}
		for _, choice := range strings.Split(strings.TrimPrefix(kind, "one of "), ", ") {
			choices = append(choices, choice)
			if choice == "true" || choice == "false" {
				choices = append(choices, choice == "true")
			}
		}
		schema = object{"enum": choices}
	case strings.HasPrefix(kind, "list of "):
		items, err := itemSchema(strings.TrimPrefix(kind, "list of "), shapes)
		if err != nil {
			return nil, err
		}
		schema = object{"type": "array", "items": items}
	case countsOf.MatchString(kind):
		bounds := countsOf.FindStringSubmatch(kind)
		least, _ := strconv.Atoi(bounds[1])
		most, _ := strconv.Atoi(bounds[2])
		schema = object{"type": "integer", "minimum": least, "maximum": most}
	default:
		if schema = plainSchema(kind); schema == nil {
			return nil, fmt.Errorf("%s: nothing says what may stand there (%q)", strings.Join(v.path, "."), kind)
		}
	}
	schema["description"] = v.sentence
	return schema, nil
}

func plainSchema(kind string) object {
	switch kind {
	case "string", "boolean", "object":
		return object{"type": kind}
	case "any":
		return object{}
	case "map of string":
		return object{"type": "object", "additionalProperties": object{"type": "string"}}
	case "number or percent":
		return object{"oneOf": []any{object{"type": "integer", "minimum": 1}, object{"type": "string", "pattern": "^[1-9][0-9]?%$"}}}
	case "SHA-256":
		return object{"type": "string", "pattern": "^[0-9a-f]{64}$"}
	case "digest":
		return object{"type": "string", "pattern": "^(sha256:[0-9a-f]{64})?$"}
	}
	return nil
}

func itemSchema(kind string, shapes map[string]*value) (object, error) {
	if schema := plainSchema(kind); schema != nil {
		return schema, nil
	}
	shape, is := shapes[kind]
	if !is {
		return nil, fmt.Errorf("there is no shape %q in shapes.yaml", kind)
	}
	return closed(shape.children, shapes)
}

type manual struct {
	values *value
	shapes *value
}

func readManual() (manual, error) {
	var result manual
	text, err := os.ReadFile(chartFolder + "/values.yaml")
	if err != nil {
		return result, err
	}
	if result.values, err = readTree(string(text)); err != nil {
		return result, fmt.Errorf("values.yaml: %w", err)
	}
	if text, err = os.ReadFile("shapes.yaml"); err != nil {
		return result, err
	}
	if result.shapes, err = readTree(string(text)); err != nil {
		return result, fmt.Errorf("shapes.yaml: %w", err)
	}
	return result, nil
}

func (m manual) schema() ([]byte, error) {
	shapes := map[string]*value{}
	for _, shape := range m.shapes.children {
		shapes[shape.path[0]] = shape
	}
	schema, err := closed(m.values.children, shapes)
	if err != nil {
		return nil, err
	}
	schema["$schema"] = "http://json-schema.org/draft-07/schema#"
	schema["title"] = "Values of the chart dragoman"
	// Helm hands them to every chart; nothing here reads them.
	schema["properties"].(object)["global"] = object{"type": "object", "description": "Helm's own."}
	text, err := json.MarshalIndent(schema, "", "  ")
	return append(text, '\n'), err
}

func (m manual) readme() ([]byte, error) {
	page, err := os.ReadFile("readme.md")
	if err != nil {
		return nil, err
	}
	text := bytes.NewBuffer(page)
	text.WriteString("\n## Values\n")
	table(text, m.values.children, true)
	for _, shape := range m.shapes.children {
		fmt.Fprintf(text, "\n### Each %s\n%s\n", shape.path[0], shape.sentence)
		table(text, shape.children, false)
	}
	return text.Bytes(), nil
}

func table(text *bytes.Buffer, values []*value, grouped bool) {
	row := func(each *value) {
		fallback, _ := json.Marshal(each.fallback)
		shown := "`" + string(fallback) + "`"
		if each.is("needed") {
			shown = "**needed**"
		}
		name := strings.Join(each.path, ".")
		if !grouped {
			name = each.path[len(each.path)-1]
		}
		fmt.Fprintf(text, "| `%s` | %s | %s | %s |\n", name, strings.ReplaceAll(each.kind(), "|", "\\|"), shown, each.sentence)
	}
	const head = "\n| value | what may stand there | default | what it is |\n|---|---|---|---|\n"
	inTable := false
	for _, each := range values {
		if len(each.children) == 0 {
			if !inTable {
				text.WriteString(head)
			}
			inTable = true
			row(each)
			continue
		}
		fmt.Fprintf(text, "\n### %s\n%s\n%s", strings.Join(each.path, "."), each.sentence, head)
		for _, child := range flat(each.children) {
			row(child)
		}
		inTable = false
	}
}

func flat(values []*value) []*value {
	var all []*value
	for _, each := range values {
		if len(each.children) == 0 {
			all = append(all, each)
		} else {
			all = append(all, flat(each.children)...)
		}
	}
	return all
}

func generatedFiles() (map[string][]byte, error) {
	pages, err := readManual()
	if err != nil {
		return nil, err
	}
	schema, err := pages.schema()
	if err != nil {
		return nil, err
	}
	readme, err := pages.readme()
	if err != nil {
		return nil, err
	}
	return map[string][]byte{chartFolder + "/values.schema.json": schema, chartFolder + "/README.md": readme}, nil
}

func snapshotOf(file string) string {
	return "snapshots/" + strings.TrimPrefix(file, "values/")
}

func writeGenerated() error {
	files, err := generatedFiles()
	if err != nil {
		return err
	}
	for name, text := range files {
		if err := os.WriteFile(name, text, 0o644); err != nil {
			return err
		}
	}
	for _, file := range valuesFiles() {
		rendered, err := renderFile(file)
		if err != nil {
			return fmt.Errorf("%s: %w", file, err)
		}
		if err := os.WriteFile(snapshotOf(file), []byte(rendered.text), 0o644); err != nil {
			return err
		}
	}
	return nil
}

func generatedTests() []test {
	return []test{{"values.schema.json and README.md of the chart say what values.yaml says", func() []string {
		files, err := generatedFiles()
		if err != nil {
			return []string{err.Error()}
		}
		var problems []string
		for name, text := range files {
			kept, _ := os.ReadFile(name)
			if !bytes.Equal(kept, text) {
				problems = append(problems, name+" differs from values.yaml: run tests/chart/run --write")
			}
		}
		return problems
	}}}
}
