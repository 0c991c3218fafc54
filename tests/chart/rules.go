// What the chart promises whatever the values, as rules over what was rendered. Each comes with an object that breaks it, so
// that it is known to bite.
package main

import (
	"fmt"
	"strings"
)

type rule struct {
	promise string
	// What breaks it.
	broken func(rendering) []string
	// Spoils what was rendered from values/postgres.yaml, so that it must break.
	spoil func(rendering)
}

func eachPod(rendered rendering, look func(name string, spec object) []string) []string {
	var problems []string
	for _, each := range rendered.objects {
		if pod := podOf(each); pod != nil {
			problems = append(problems, look(title(each), pod["spec"].(object))...)
		}
	}
	return problems
}

func containers(spec object) []object {
	var all []object
	for _, list := range []string{"initContainers", "containers"} {
		for _, each := range listAt(spec, list) {
			all = append(all, each.(object))
		}
	}
	return all
}

func workload(rendered rendering) object {
	return rendered.ofKind("Deployment", "StatefulSet")[0]
}

func gatewayPod(rendered rendering) object {
	return at(workload(rendered), "spec", "template", "spec").(object)
}

func gatewayContainer(rendered rendering) object {
	return listAt(gatewayPod(rendered), "containers")[0].(object)
}

func number(value any) int {
	switch each := value.(type) {
	case float64:
		return int(each)
	case int64:
		return int(each)
	case int:
		return each
	}
	return 0
}

func policyOf(rendered rendering, component string) object {
	for _, each := range rendered.ofKind("NetworkPolicy") {
		if textAt(each, "spec", "podSelector", "matchLabels", "app.kubernetes.io/component") == component {
			return each
		}
	}
	return nil
}

func gatewayDocument(rendered rendering) string {
	for _, each := range rendered.ofKind("ConfigMap") {
		if strings.HasSuffix(textAt(each, "metadata", "name"), "-documents") {
			return textAt(each, "data", "gateway.yaml")
		}
	}
	return ""
}

const sealingVariable = "DRAGOMAN_SEALING_KEY"

func rules() []rule {
	return []rule{
		{"no object is a Secret, unless the values have it", func(rendered rendering) []string {
			var problems []string
			for _, each := range rendered.ofKind("Secret") {
				if textAt(each, "metadata", "labels", "app.kubernetes.io/managed-by") == "Helm" {
					problems = append(problems, title(each)+" is made by the chart")
				}
			}
			return problems
		}, func(rendered rendering) {
			rendered.ofKind("ConfigMap")[0]["kind"] = "Secret"
		}},
		{"no token of a ServiceAccount is mounted unasked", func(rendered rendering) []string {
			return eachPod(rendered, func(name string, spec object) []string {
				if spec["automountServiceAccountToken"] != false {
					return []string{name + " mounts one"}
				}
				return nil
			})
		}, func(rendered rendering) { delete(gatewayPod(rendered), "automountServiceAccountToken") }},
		{"no container can write to its image, gain privileges or keep a capability", func(rendered rendering) []string {
			return eachPod(rendered, func(name string, spec object) []string {
				var problems []string
				for _, each := range containers(spec) {
					if at(each, "securityContext", "readOnlyRootFilesystem") != true || at(each, "securityContext", "allowPrivilegeEscalation") != false ||
						fmt.Sprint(at(each, "securityContext", "capabilities", "drop")) != "[ALL]" {
						problems = append(problems, fmt.Sprintf("%s: container %v", name, each["name"]))
					}
				}
				return problems
			})
		}, func(rendered rendering) {
			gatewayContainer(rendered)["securityContext"].(object)["readOnlyRootFilesystem"] = false
		}},
		{"no user id is fixed, so that OpenShift and others choose one", func(rendered rendering) []string {
			return eachPod(rendered, func(name string, spec object) []string {
				var problems []string
				contexts := []any{spec["securityContext"]}
				for _, each := range containers(spec) {
					contexts = append(contexts, each["securityContext"])
				}
				for _, context := range contexts {
					if at(context, "runAsUser") != nil || at(context, "runAsGroup") != nil {
						problems = append(problems, name+" fixes one")
					}
				}
				return problems
			})
		}, func(rendered rendering) { gatewayPod(rendered)["securityContext"].(object)["runAsUser"] = 10001 }},
		{"every container says what it asks for and how much memory it may use", func(rendered rendering) []string {
			return eachPod(rendered, func(name string, spec object) []string {
				var problems []string
				for _, each := range containers(spec) {
					if at(each, "resources", "limits", "memory") == nil || at(each, "resources", "requests", "cpu") == nil {
						problems = append(problems, fmt.Sprintf("%s: container %v", name, each["name"]))
					}
				}
				return problems
			})
		}, func(rendered rendering) { delete(gatewayContainer(rendered), "resources") }},
		{"a pod has longer to end than the gateway takes to be noticed and to drain", func(rendered rendering) []string {
			documents := gatewayDocument(rendered)
			drain, delay, grace := 0, 0, number(gatewayPod(rendered)["terminationGracePeriodSeconds"])
			_, after, _ := strings.Cut(documents, "drainDeadline: ")
			fmt.Sscanf(after, "%ds", &drain)
			_, after, _ = strings.Cut(documents, "stopDelay: ")
			fmt.Sscanf(after, "%ds", &delay)
			if drain == 0 || grace <= drain+delay {
				return []string{fmt.Sprintf("grace %d, delay %d, drain %d", grace, delay, drain)}
			}
			return nil
		}, func(rendered rendering) { gatewayPod(rendered)["terminationGracePeriodSeconds"] = 30 }},
		{"three probes look at the listener for probes", func(rendered rendering) []string {
			var problems []string
			for _, probe := range []string{"startupProbe", "livenessProbe", "readinessProbe"} {
				if textAt(gatewayContainer(rendered), probe, "httpGet", "port") != "monitoring" {
					problems = append(problems, probe+" does not")
				}
			}
			return problems
		}, func(rendered rendering) { delete(gatewayContainer(rendered), "startupProbe") }},
		{"a pod whose documents changed is another pod, where reload says so", func(rendered rendering) []string {
			annotations, _ := at(workload(rendered), "spec", "template", "metadata", "annotations").(object)
			if sum := textAt(annotations, "checksum/documents"); sum != "" && len(sum) != 64 {
				return []string{"its checksum is " + sum}
			}
			return nil
		}, func(rendered rendering) {
			at(workload(rendered), "spec", "template", "metadata").(object)["annotations"] = object{"checksum/documents": "1"}
		}},
		{"SQLite is one pod's, in a StatefulSet, and nothing makes more of them", func(rendered rendering) []string {
			if workload(rendered)["kind"] == "Deployment" {
				return nil
			}
			if number(at(workload(rendered), "spec", "replicas")) > 1 || len(rendered.ofKind("HorizontalPodAutoscaler", "PodDisruptionBudget")) > 0 {
				return []string{"there are more"}
			}
			return nil
		}, func(rendered rendering) {
			workload(rendered)["spec"].(object)["replicas"] = 2
			workload(rendered)["kind"] = "StatefulSet"
		}},
		{"with two pods or more a disruption budget keeps one", func(rendered rendering) []string {
			pods := number(at(workload(rendered), "spec", "replicas"))
			for _, each := range rendered.ofKind("HorizontalPodAutoscaler") {
				pods = number(at(each, "spec", "minReplicas"))
			}
			budgets := rendered.ofKind("PodDisruptionBudget")
			if pods > 1 && len(budgets) == 0 {
				return []string{"there is none"}
			}
			return nil
		}, func(rendered rendering) { rendered.ofKind("PodDisruptionBudget")[0]["kind"] = "None" }},
		{"an autoscaler takes pods away slowly, one at a time", func(rendered rendering) []string {
			for _, each := range rendered.ofKind("HorizontalPodAutoscaler") {
				down := at(each, "spec", "behavior", "scaleDown")
				policies := listAt(down, "policies")
				if number(at(down, "stabilizationWindowSeconds")) < 300 || len(policies) != 1 || number(at(policies[0], "value")) != 1 {
					return []string{title(each) + " is quick"}
				}
			}
			return nil
		}, func(rendered rendering) {
			for _, each := range rendered.ofKind("HorizontalPodAutoscaler") {
				at(each, "spec", "behavior", "scaleDown").(object)["stabilizationWindowSeconds"] = 0
			}
		}},
		{"a network policy denies both ways for every pod", func(rendered rendering) []string {
			if len(rendered.ofKind("NetworkPolicy")) == 0 {
				return nil // switched off
			}
			var problems []string
			components := []string{"gateway"}
			for _, each := range rendered.ofKind("Job", "Pod") {
				components = append(components, textAt(each, "metadata", "labels", "app.kubernetes.io/component"))
			}
			for _, component := range components {
				if component == "" {
					continue
				}
				policy := policyOf(rendered, component)
				if policy == nil || fmt.Sprint(at(policy, "spec", "policyTypes")) != "[Ingress Egress]" {
					problems = append(problems, component+" has none")
				}
			}
			return problems
		}, func(rendered rendering) {
			policyOf(rendered, "gateway")["spec"].(object)["policyTypes"] = []any{"Ingress"}
		}},
		{"the network policy opens no port but those of containers, names, PostgreSQL, KDCs and what is listed", func(rendered rendering) []string {
			policy := policyOf(rendered, "gateway")
			var problems []string
			for _, each := range listAt(policy, "spec", "ingress") {
				if listAt(each, "ports") == nil {
					problems = append(problems, "a rule lets every port in")
				}
			}
			return problems
		}, func(rendered rendering) {
			delete(listAt(policyOf(rendered, "gateway"), "spec", "ingress")[0].(object), "ports")
		}},
		{"the admin API and the metrics are on no Service that a load balancer or a route has", func(rendered rendering) []string {
			var problems []string
			for _, each := range rendered.ofKind("Service") {
				for _, port := range listAt(each, "spec", "ports") {
					target := textAt(port, "targetPort")
					isInside := textAt(each, "spec", "type") == "ClusterIP" || textAt(each, "spec", "clusterIP") == "None"
					if (target == "admin" || target == "monitoring") && (!isInside || textAt(each, "metadata", "name") == "dragoman") {
						problems = append(problems, title(each)+" has "+target)
					}
				}
			}
			return problems
		}, func(rendered rendering) {
			ports := at(rendered.ofKind("Service")[0], "spec", "ports").([]any)
			ports[0].(object)["targetPort"] = "monitoring"
		}},
		{"pods are spread over zones and nodes, and go where the image runs", func(rendered rendering) []string {
			pod := gatewayPod(rendered)
			if len(listAt(pod, "topologySpreadConstraints")) == 0 || pod["affinity"] == nil {
				return []string{"they are not"}
			}
			return nil
		}, func(rendered rendering) { delete(gatewayPod(rendered), "topologySpreadConstraints") }},
		{"the migration runs before the pods, needs nothing of the release and has a deadline", func(rendered rendering) []string {
			var problems []string
			for _, each := range rendered.ofKind("Job") {
				if textAt(each, "metadata", "annotations", "helm.sh/hook") != "pre-install,pre-upgrade" || at(each, "spec", "activeDeadlineSeconds") == nil ||
					at(each, "spec", "template", "spec", "serviceAccountName") != nil {
					problems = append(problems, title(each))
				}
			}
			return problems
		}, func(rendered rendering) {
			at(rendered.ofKind("Job")[0], "spec", "template", "spec").(object)["serviceAccountName"] = "dragoman"
		}},
		{"what holds a secret is mounted read-only and not for everybody", func(rendered rendering) []string {
			return eachPod(rendered, func(name string, spec object) []string {
				var problems []string
				for _, volume := range listAt(spec, "volumes") {
					mode := at(volume, "secret", "defaultMode")
					isPublic := textAt(volume, "name") == "outbound" || textAt(volume, "name") == "tls" && strings.HasPrefix(name, "Pod")
					if at(volume, "secret") != nil && !isPublic && number(mode) != 0o440 {
						problems = append(problems, fmt.Sprintf("%s: volume %v has mode %v", name, textAt(volume, "name"), mode))
					}
				}
				return problems
			})
		}, func(rendered rendering) {
			for _, volume := range listAt(gatewayPod(rendered), "volumes") {
				if secret, is := at(volume, "secret").(object); is {
					delete(secret, "defaultMode")
				}
			}
		}},
		{"the pod has what the documents say the sealing key comes from, and nothing of another way", func(rendered rendering) []string {
			fromFile := strings.Contains(gatewayDocument(rendered), "keyFile: /etc/dragoman/sealing/")
			fromVariable := strings.Contains(gatewayDocument(rendered), "environment: "+sealingVariable)
			hasFile, hasVariable := false, false
			for _, mount := range listAt(gatewayContainer(rendered), "volumeMounts") {
				hasFile = hasFile || textAt(mount, "name") == "sealing"
			}
			for _, variable := range listAt(gatewayContainer(rendered), "env") {
				hasVariable = hasVariable || textAt(variable, "name") == sealingVariable
			}
			if fromFile != hasFile || fromVariable != hasVariable {
				return []string{fmt.Sprintf("file %v, mounted %v; variable %v, set %v", fromFile, hasFile, fromVariable, hasVariable)}
			}
			return nil
		}, func(rendered rendering) { gatewayContainer(rendered)["volumeMounts"] = []any{} }},
		{"a sealing key in the environment comes from a Secret", func(rendered rendering) []string {
			return eachPod(rendered, func(name string, spec object) []string {
				var problems []string
				for _, each := range containers(spec) {
					for _, variable := range listAt(each, "env") {
						if textAt(variable, "name") == sealingVariable && textAt(variable, "valueFrom", "secretKeyRef", "name") == "" {
							problems = append(problems, fmt.Sprintf("%s: container %v has it as text", name, each["name"]))
						}
					}
				}
				return problems
			})
		}, func(rendered rendering) {
			gatewayContainer(rendered)["env"] = []any{object{"name": sealingVariable, "value": "secret"}}
		}},
		{"programs of adapters cannot be written where the gateway is", func(rendered rendering) []string {
			var problems []string
			for _, mount := range listAt(gatewayContainer(rendered), "volumeMounts") {
				if strings.HasPrefix(textAt(mount, "mountPath"), "/opt/adapters") && at(mount, "readOnly") != true {
					problems = append(problems, textAt(mount, "mountPath")+" can")
				}
			}
			return problems
		}, func(rendered rendering) {
			container := gatewayContainer(rendered)
			container["volumeMounts"] = append(listAt(container, "volumeMounts"), object{"mountPath": "/opt/adapters/copied", "name": "adapters"})
		}},
		{"every object says whose it is and where it belongs", func(rendered rendering) []string {
			var problems []string
			for _, each := range rendered.objects {
				if textAt(each, "metadata", "labels", "app.kubernetes.io/managed-by") != "Helm" && textAt(each, "metadata", "labels", "extra") == "" {
					problems = append(problems, title(each))
				}
			}
			return problems
		}, func(rendered rendering) { delete(rendered.objects[0]["metadata"].(object), "labels") }},
	}
}

func ruleProblems(rendered rendering) []string {
	var problems []string
	for _, each := range rules() {
		for _, problem := range each.broken(rendered) {
			problems = append(problems, "not so: "+each.promise+": "+problem)
		}
	}
	return problems
}

// Each rule must find what its own spoiling breaks.
func ruleTests() []test {
	var tests []test
	for _, each := range rules() {
		tests = append(tests, test{"a rule finds it when it is not so that " + each.promise, func() []string {
			rendered, err := renderFile("values/postgres_everything.yaml")
			if err != nil {
				return []string{err.Error()}
			}
			each.spoil(rendered)
			if len(each.broken(rendered)) == 0 {
				return []string{"it does not"}
			}
			return nil
		}})
	}
	return append(tests, test{"Pod Security finds a pod that runs as root", func() []string {
		rendered, err := renderFile("values/postgres_everything.yaml")
		if err != nil {
			return []string{err.Error()}
		}
		gatewayPod(rendered)["securityContext"] = object{}
		if len(securityProblems(rendered.objects)) == 0 {
			return []string{"it does not"}
		}
		return nil
	}})
}
