// The chart's tests as a program: helm's own code reads, lints and renders the chart in ../../helm/dragoman, and what comes
// out is held to Kubernetes' schemas, to Pod Security "restricted", to our own rules and to the gateway's own check.
//
//	chart test [--daemon DRAGOMAND] [--helm HELM]   every test, one line each; counts go into the file named by DRAGOMAN_RESULT
//	chart write                                     writes values.schema.json, README.md and the snapshots anew
//	chart render VALUES                             prints the objects of one file of values as JSON
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
)

const (
	chartFolder = "../../helm/dragoman"
	valuesGlob  = "values/*.yaml"
)

type test struct {
	name string
	// What is wrong, a line each; nothing is good.
	run func() []string
}

func main() {
	command := ""
	if len(os.Args) > 1 {
		command = os.Args[1]
	}
	switch command {
	case "test":
		os.Exit(runTests(os.Args[2:]))
	case "write":
		exitOn(writeGenerated())
	case "render":
		printObjects(os.Args[2])
	default:
		fmt.Fprintln(os.Stderr, "usage: chart test [--daemon DRAGOMAND] [--helm HELM] | write | render VALUES")
		os.Exit(2)
	}
}

func exitOn(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func printObjects(file string) {
	rendered, err := renderFile(file)
	exitOn(err)
	text, err := json.MarshalIndent(rendered.objects, "", " ")
	exitOn(err)
	fmt.Println(string(text))
}

func runTests(arguments []string) int {
	flags := flag.NewFlagSet("chart test", flag.ExitOnError)
	daemon := flags.String("daemon", "", "the dragomand that checks the documents that come out")
	helm := flags.String("helm", "", "the helm that has to do the same")
	exitOn(flags.Parse(arguments))
	tests := append(generatedTests(), renderTests(*daemon)...)
	tests = append(tests, helmTests(*helm)...)
	tests = append(tests, mistakeTests()...)
	tests = append(tests, ruleTests()...)
	passed, failed := 0, 0
	for _, each := range tests {
		problems := each.run()
		if len(problems) == 0 {
			passed++
			fmt.Println("ok", each.name)
			continue
		}
		failed++
		fmt.Println("not ok", each.name)
		for _, problem := range problems {
			fmt.Println("   ", problem)
		}
	}
	if result := os.Getenv("DRAGOMAN_RESULT"); result != "" {
		exitOn(os.WriteFile(result, fmt.Appendf(nil, "%d %d 0\n", passed, failed), 0o644))
	}
	if failed > 0 {
		return 1
	}
	return 0
}

func valuesFiles() []string {
	files, err := filepath.Glob(valuesGlob)
	exitOn(err)
	return files
}
