// Wrong values and what is said of them: the first line of each file of mistakes/ is the sentence, after "# ".
package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

func mistakeTests() []test {
	files, err := filepath.Glob("mistakes/*.yaml")
	if err != nil || len(files) == 0 {
		return []test{{"there are wrong values", func() []string { return []string{fmt.Sprint("none: ", err)} }}}
	}
	var tests []test
	for _, file := range files {
		tests = append(tests, test{file + " is refused with its sentence", func() []string { return mistakeProblems(file) }})
	}
	return append(tests, test{"every check of the chart has wrong values of its own", uncheckedSentences})
}

func expectedSentence(file string) (string, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return "", err
	}
	first, _, _ := strings.Cut(string(text), "\n")
	expected, is := strings.CutPrefix(first, "# ")
	if !is {
		return "", fmt.Errorf("the first line of %s is not the sentence", file)
	}
	return expected, nil
}

func mistakeProblems(file string) []string {
	expected, err := expectedSentence(file)
	if err != nil {
		return []string{err.Error()}
	}
	_, err = renderFile(file)
	if err == nil {
		return []string{"these values are taken"}
	}
	// What the engine puts before a sentence of fail names files and lines of templates; the sentence ends it.
	said := strings.TrimSpace(err.Error())
	if !strings.HasSuffix(said, ": "+expected) && !strings.Contains(said, "\n- "+expected) {
		return []string{fmt.Sprintf("expected: %s", expected), fmt.Sprintf("said: %s", said)}
	}
	return nil
}

// Each "fail" of the templates is reached by some file: the words before its first blank to be filled in are in a sentence.
func uncheckedSentences() []string {
	files, _ := filepath.Glob("mistakes/*.yaml")
	var sentences strings.Builder
	for _, file := range files {
		text, _ := os.ReadFile(file)
		first, _, _ := strings.Cut(string(text), "\n")
		sentences.WriteString(first + "\n")
	}
	text, err := os.ReadFile(chartFolder + "/templates/_checks.tpl")
	if err != nil {
		return []string{err.Error()}
	}
	var problems []string
	for _, part := range strings.Split(string(text), "fail ")[1:] {
		_, quoted, _ := strings.Cut(part, `"`)
		sentence, _, _ := strings.Cut(quoted, `"`)
		longest := ""
		for _, piece := range strings.FieldsFunc(sentence, func(letter rune) bool { return letter == '%' }) {
			if len(piece) > len(longest) {
				longest = piece
			}
		}
		longest = strings.TrimLeft(strings.TrimSuffix(longest, `\`), "sdqv")
		if !strings.Contains(sentences.String(), longest) {
			problems = append(problems, "no file of mistakes/ says: "+sentence)
		}
	}
	return problems
}
