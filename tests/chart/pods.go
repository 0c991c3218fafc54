// Pod Security "restricted", by the code with which the API server admits pods.
package main

import (
	"encoding/json"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/pod-security-admission/api"
	"k8s.io/pod-security-admission/policy"
)

// The pods that an object makes: metadata and spec.
func podOf(each object) object {
	switch each["kind"] {
	case "Pod":
		return each
	case "Deployment", "StatefulSet", "Job":
		return at(each, "spec", "template").(object)
	}
	return nil
}

func securityProblems(objects []object) []string {
	evaluator, err := policy.NewEvaluator(policy.DefaultChecks(), nil)
	if err != nil {
		return []string{err.Error()}
	}
	var problems []string
	for _, each := range objects {
		pod := podOf(each)
		if pod == nil {
			continue
		}
		var typed corev1.PodTemplateSpec
		text, _ := json.Marshal(pod)
		if err := json.Unmarshal(text, &typed); err != nil {
			problems = append(problems, fmt.Sprintf("%s: %v", title(each), err))
			continue
		}
		level := api.LevelVersion{Level: api.LevelRestricted, Version: api.LatestVersion()}
		for _, result := range evaluator.EvaluatePod(level, &typed.ObjectMeta, &typed.Spec) {
			if !result.Allowed {
				problems = append(problems, fmt.Sprintf("%s: %s (%s)", title(each), result.ForbiddenReason, result.ForbiddenDetail))
			}
		}
	}
	return problems
}
