{{/* The documents that the chart writes: kind Gateway from the values, adapters, the fixture of helm test. Paths are those
     of _pod.tpl. None holds a secret: they name files. */}}

{{/* connection names the port for libpq, store.postgres.port for the network policy. */}}
{{- define "dragoman.store" -}}
{{- if include "dragoman.isCluster" . -}}
postgres:
  connection: {{ .Values.store.postgres.connection | quote }}
  schema: {{ .Values.store.postgres.schema | quote }}
  {{- if .Values.store.postgres.existingSecret }}
  passwordFile: /etc/dragoman/database-password/password
  {{- end }}
{{- else -}}
sqlite: /var/lib/dragoman/store/dragoman.sqlite
{{- end -}}
{{- end -}}

{{- define "dragoman.sealing" -}}
{{- with .Values.gateway.sealing -}}
{{- if .command -}}
command:
  {{- toYaml .command | nindent 2 }}
commandEnvironment:
  {{- toYaml .commandEnvironment | nindent 2 }}
commandTimeout: {{ int .commandTimeoutSeconds }}s
{{- else if .environment.existingSecret -}}
environment: DRAGOMAN_SEALING_KEY
{{- else if .manual -}}
manual: true
{{- else -}}
keyFile: /etc/dragoman/sealing/sealing.key
{{- end -}}
{{- end -}}
{{- end -}}

{{- define "dragoman.gatewaySpec" -}}
issuer: {{ .Values.gateway.issuer | quote }}
{{- with .Values.gateway.serviceUrl }}
serviceUrl: {{ . | quote }}
{{- end }}
listen: ["0.0.0.0:8443"]
tls:
  certificateFile: /etc/dragoman/tls/tls.crt
  keyFile: /etc/dragoman/tls/tls.key
sealing:
  {{- include "dragoman.sealing" . | nindent 2 }}
adminSocket: /run/dragoman/admin.sock
store:
  {{- include "dragoman.store" . | nindent 2 }}
monitoring:
  listen: ["0.0.0.0:9443"]
  plaintext: {{ .Values.monitoring.plaintext }}
supervisor:
  drainDeadline: {{ int .Values.gateway.drainSeconds }}s
  stopDelay: {{ int .Values.gateway.stopDelaySeconds }}s
{{- if .Values.gateway.relay.enabled }}
egress:
  listen: ["0.0.0.0:8444"]
{{- end }}
{{- if .Values.gateway.admin.enabled }}
admin:
  listen: ["0.0.0.0:8445"]
  audiences:
    {{- toYaml .Values.gateway.admin.audiences | nindent 4 }}
{{- end }}
{{- if include "dragoman.hasOutboundCa" . }}
outbound:
  caFile: /etc/dragoman/outbound/ca.crt
{{- end }}
{{- if or .Values.adapters.images .Values.kerberos.enabled }}
adapters:
  directories:
    - /usr/lib/dragoman/adapters
    {{- range .Values.adapters.images }}
    {{- if eq (include "dragoman.adapterSource" .) "volume" }}
    - /opt/adapters/{{ .name }}
    {{- end }}
    {{- end }}
    {{- if include "dragoman.hasCopiedAdapters" . }}
    - /opt/adapters/copied
    {{- end }}
  {{- with .Values.adapters.interpreters }}
  interpreters:
    {{- toYaml . | nindent 4 }}
  {{- end }}
{{- end }}
{{- end -}}

{{- define "dragoman.hasOutboundCa" -}}
{{- with .Values.gateway.outboundCa -}}{{- if or .configMap .existingSecret -}}yes{{- end -}}{{- end -}}
{{- end -}}

{{- define "dragoman.adapterSource" -}}
{{- default "init" .source -}}
{{- end -}}

{{- define "dragoman.hasCopiedAdapters" -}}
{{- range .Values.adapters.images -}}{{- if eq (include "dragoman.adapterSource" .) "init" -}}yes{{- end -}}{{- end -}}
{{- end -}}

{{/* kind: Gateway. Settings of the values come first; where the chart says something, it stays. */}}
{{- define "dragoman.gatewayDocument" -}}
kind: Gateway
metadata: {name: gateway}
spec:
  {{- mergeOverwrite (deepCopy .Values.gateway.settings) (fromYaml (include "dragoman.gatewaySpec" .)) | toYaml | nindent 2 }}
{{- end -}}

{{- define "dragoman.adapterDocument" -}}
kind: Adapter
metadata:
  name: {{ .name }}
spec:
  {{- merge (dict "program" .program "sha256" .sha256) (default dict .spec) | toYaml | nindent 2 }}
{{- end -}}

{{/* Whom helm test stands for: an issuer of its own in a domain of its own, which may get one token for nobody. */}}
{{- define "dragoman.fixtureDocuments" -}}
---
kind: Domain
metadata: {name: helm-test}
spec: {leavesFor: [helm-test]}
---
kind: Issuer
metadata: {name: helm-test}
spec:
  domain: helm-test
  issuer: {{ .Values.tests.exchange.issuer | quote }}
  platform: true
  keys:
    jwks:
      {{- toYaml .Values.tests.exchange.jwks | nindent 6 }}
---
kind: AgentClass
metadata: {name: helm-test}
spec:
  issuer: helm-test
  match: {sub: helm-test}
  maximumLifetime: 60s
---
kind: Target
metadata: {name: helm-test}
spec:
  domain: helm-test
  audiences: ["urn:dragoman:helm-test"]
  maximumLifetime: 60s
  accepts: {issuers: [helm-test], clients: [helm-test]}
{{- end -}}

{{/* All of it, as data of a ConfigMap. */}}
{{- define "dragoman.documents" -}}
gateway.yaml: |
  {{- include "dragoman.gatewayDocument" . | nindent 2 }}
{{- with .Values.documents.inline }}
documents.yaml: |
  {{- range . }}
  ---
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- end }}
{{- with .Values.adapters.images }}
adapters.yaml: |
  {{- range . }}
  ---
  {{- include "dragoman.adapterDocument" . | nindent 2 }}
  {{- end }}
{{- end }}
{{- if .Values.tests.exchange.enabled }}
helm-test.yaml: |
  {{- include "dragoman.fixtureDocuments" . | nindent 2 }}
{{- end }}
{{- end -}}
