// What rendered objects are checked against: Kubernetes' own OpenAPI documents and the CRDs of others, as their Go
// modules carry them. Nothing here is compiled.
module dragoman/tests/chart/schemas

go 1.26.0

require (
	github.com/prometheus-operator/prometheus-operator v0.85.0
	k8s.io/kubernetes v1.37.2
	sigs.k8s.io/gateway-api v1.6.3
)
