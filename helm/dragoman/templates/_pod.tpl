{{/* The pod of the gateway, for a StatefulSet and a Deployment alike. */}}

{{/* Volumes that hold what the Gateway document names; the migration has those of the store, too. */}}
{{- define "dragoman.storeVolumes" -}}
{{- if include "dragoman.isCluster" . }}
{{- with .Values.store.postgres.tlsSecret }}
- name: database
  secret: {secretName: {{ . }}, defaultMode: 0440}
{{- end }}
{{- end }}
{{- end -}}

{{- define "dragoman.storeMounts" -}}
{{- if include "dragoman.isCluster" . }}
{{- if .Values.store.postgres.tlsSecret }}
- {name: database, mountPath: /etc/dragoman/database, readOnly: true}
{{- end }}
{{- end }}
{{- end -}}

{{- define "dragoman.volumes" -}}
- name: documents
  projected:
    defaultMode: 0444
    sources:
      - configMap: {name: {{ include "dragoman.fullname" . }}-documents}
      {{- range .Values.documents.configMaps }}
      - configMap: {name: {{ . }}}
      {{- end }}
      {{- range .Values.documents.existingSecrets }}
      - secret: {name: {{ . }}}
      {{- end }}
- name: tls
  secret:
    secretName: {{ .Values.gateway.tls.existingSecret }}
    defaultMode: 0440
    items:
      - {key: {{ .Values.gateway.tls.certificate }}, path: tls.crt}
      - {key: {{ .Values.gateway.tls.key }}, path: tls.key}
{{- with .Values.gateway.sealing.existingSecret }}
- name: sealing
  secret:
    secretName: {{ . }}
    defaultMode: 0440
    items:
      - {key: {{ $.Values.gateway.sealing.key }}, path: sealing.key}
{{- end }}
- name: run
  emptyDir: {medium: Memory, sizeLimit: 1Mi}
{{- if include "dragoman.isCluster" . }}
{{- with .Values.store.postgres.existingSecret }}
- name: database-password
  secret:
    secretName: {{ . }}
    defaultMode: 0440
    items:
      - {key: {{ $.Values.store.postgres.key }}, path: password}
{{- end }}
{{- include "dragoman.storeVolumes" . }}
{{- else if not .Values.store.sqlite.persistent }}
- name: store
  emptyDir: {}
{{- else if .Values.store.sqlite.existingClaim }}
- name: store
  persistentVolumeClaim: {claimName: {{ .Values.store.sqlite.existingClaim }}}
{{- end }}
{{- with .Values.gateway.outboundCa }}
{{- if .configMap }}
- name: outbound
  configMap:
    name: {{ .configMap }}
    items:
      - {key: {{ .key }}, path: ca.crt}
{{- else if .existingSecret }}
- name: outbound
  secret:
    secretName: {{ .existingSecret }}
    defaultMode: 0444
    items:
      - {key: {{ .key }}, path: ca.crt}
{{- end }}
{{- end }}
{{- range .Values.secretFiles }}
- name: secret-{{ . }}
  secret: {secretName: {{ . }}, defaultMode: 0440}
{{- end }}
{{- if .Values.kerberos.enabled }}
{{- with .Values.kerberos.configMap }}
- name: krb5
  configMap: {name: {{ . }}}
{{- end }}
{{- range .Values.kerberos.keytabs }}
- name: keytab-{{ .name | replace "." "-" | lower }}
  secret:
    secretName: {{ .existingSecret }}
    defaultMode: 0440
    items:
      - {key: {{ .key }}, path: {{ .name }}}
{{- end }}
{{- end }}
{{- if .Values.spiffe.enabled }}
- name: spiffe
  csi: {driver: {{ .Values.spiffe.csiDriver }}, readOnly: true}
{{- end }}
{{- with .Values.projectedTokens }}
- name: tokens
  projected:
    defaultMode: 0440
    sources:
      {{- range . }}
      - serviceAccountToken:
          audience: {{ .audience | quote }}
          expirationSeconds: {{ int (default 3600 .expirationSeconds) }}
          path: {{ .name }}
      {{- end }}
{{- end }}
{{- if include "dragoman.hasCopiedAdapters" . }}
- name: adapters
  emptyDir: {sizeLimit: 512Mi}
{{- end }}
{{- range .Values.adapters.images }}
{{- if eq (include "dragoman.adapterSource" .) "volume" }}
- name: adapter-{{ .name }}
  image: {reference: {{ .image | quote }}, pullPolicy: IfNotPresent}
{{- end }}
{{- end }}
{{- with .Values.extraVolumes }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{- define "dragoman.mounts" -}}
- {name: documents, mountPath: /etc/dragoman/documents, readOnly: true}
- {name: tls, mountPath: /etc/dragoman/tls, readOnly: true}
{{- if .Values.gateway.sealing.existingSecret }}
- {name: sealing, mountPath: /etc/dragoman/sealing, readOnly: true}
{{- end }}
- {name: run, mountPath: /run/dragoman}
{{- if include "dragoman.isCluster" . }}
{{- if .Values.store.postgres.existingSecret }}
- {name: database-password, mountPath: /etc/dragoman/database-password, readOnly: true}
{{- end }}
{{- include "dragoman.storeMounts" . }}
{{- else }}
- {name: store, mountPath: /var/lib/dragoman/store}
{{- end }}
{{- if include "dragoman.hasOutboundCa" . }}
- {name: outbound, mountPath: /etc/dragoman/outbound, readOnly: true}
{{- end }}
{{- range .Values.secretFiles }}
- {name: secret-{{ . }}, mountPath: /etc/dragoman/secrets/{{ . }}, readOnly: true}
{{- end }}
{{- if .Values.kerberos.enabled }}
{{- if .Values.kerberos.configMap }}
- {name: krb5, mountPath: /etc/krb5.conf, subPath: {{ .Values.kerberos.key }}, readOnly: true}
{{- end }}
{{- range .Values.kerberos.keytabs }}
- {name: keytab-{{ .name | replace "." "-" | lower }}, mountPath: /etc/dragoman/keytabs/{{ .name }}, subPath: {{ .name }}, readOnly: true}
{{- end }}
{{- end }}
{{- if .Values.spiffe.enabled }}
- {name: spiffe, mountPath: {{ .Values.spiffe.mountPath }}, readOnly: true}
{{- end }}
{{- if .Values.projectedTokens }}
- {name: tokens, mountPath: /var/run/secrets/dragoman, readOnly: true}
{{- end }}
{{- if include "dragoman.hasCopiedAdapters" . }}
- {name: adapters, mountPath: /opt/adapters/copied, subPath: programs, readOnly: true}
{{- end }}
{{- range .Values.adapters.images }}
{{- if eq (include "dragoman.adapterSource" .) "volume" }}
- {name: adapter-{{ .name }}, mountPath: /opt/adapters/{{ .name }}, readOnly: true{{ with .subPath }}, subPath: {{ . }}{{ end }}}
{{- end }}
{{- end }}
{{- with .Values.extraVolumeMounts }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{/* Each copies its program into a folder that it makes: that of the volume itself is everybody's to write, which the
     gateway refuses. The gateway gets that folder alone, to read. */}}
{{- define "dragoman.initContainers" -}}
{{- range .Values.adapters.images }}
{{- if eq (include "dragoman.adapterSource" .) "init" }}
- name: adapter-{{ .name }}
  image: {{ .image | quote }}
  imagePullPolicy: IfNotPresent
  command:
    {{- toYaml .command | nindent 4 }}
  securityContext:
    {{- toYaml $.Values.containerSecurityContext | nindent 4 }}
  resources:
    {{- toYaml $.Values.resources | nindent 4 }}
  volumeMounts:
    - {name: adapters, mountPath: /adapters}
{{- end }}
{{- end }}
{{- with .Values.extraInitContainers }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{- define "dragoman.probe" -}}
httpGet: {path: {{ .path }}, port: monitoring, scheme: {{ include "dragoman.monitoringScheme" .root }}}
periodSeconds: {{ int .root.Values.probes.periodSeconds }}
timeoutSeconds: 3
{{- end -}}

{{- define "dragoman.environment" -}}
{{- with .Values.gateway.sealing.environment }}
{{- if .existingSecret }}
- name: DRAGOMAN_SEALING_KEY
  valueFrom:
    secretKeyRef: {name: {{ .existingSecret }}, key: {{ .key }}}
{{- end }}
{{- end }}
{{- with .Values.extraEnv }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{- define "dragoman.container" -}}
- name: gateway
  image: {{ include "dragoman.image" . | quote }}
  imagePullPolicy: {{ .Values.image.pullPolicy }}
  args: [run, --config, /etc/dragoman/documents]
  securityContext:
    {{- toYaml .Values.containerSecurityContext | nindent 4 }}
  {{- with include "dragoman.environment" . | trim }}
  env:
    {{- . | nindent 4 }}
  {{- end }}
  {{- with .Values.extraEnvFrom }}
  envFrom:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  ports:
    - {name: https, containerPort: 8443}
    {{- if .Values.gateway.relay.enabled }}
    - {name: relay, containerPort: 8444}
    {{- end }}
    {{- if .Values.gateway.admin.enabled }}
    - {name: admin, containerPort: 8445}
    {{- end }}
    - {name: monitoring, containerPort: 9443}
  startupProbe:
    {{- include "dragoman.probe" (dict "root" $ "path" "/startupz") | nindent 4 }}
    failureThreshold: {{ div (add .Values.probes.startSeconds .Values.probes.periodSeconds -1) .Values.probes.periodSeconds }}
  livenessProbe:
    {{- include "dragoman.probe" (dict "root" $ "path" "/livez") | nindent 4 }}
    failureThreshold: {{ int .Values.probes.restartAfter }}
  readinessProbe:
    {{- include "dragoman.probe" (dict "root" $ "path" "/readyz") | nindent 4 }}
    failureThreshold: {{ int .Values.probes.notReadyAfter }}
  resources:
    {{- toYaml .Values.resources | nindent 4 }}
  volumeMounts:
    {{- include "dragoman.mounts" . | trim | nindent 4 }}
{{- with .Values.extraContainers }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{- define "dragoman.affinity" -}}
{{- $ours := dict -}}
{{- with .Values.architectures -}}
{{- $term := dict "matchExpressions" (list (dict "key" "kubernetes.io/arch" "operator" "In" "values" .)) -}}
{{- $_ := set $ours "nodeAffinity" (dict "requiredDuringSchedulingIgnoredDuringExecution" (dict "nodeSelectorTerms" (list $term))) -}}
{{- end -}}
{{- $others := dict "labelSelector" (dict "matchLabels" (fromYaml (include "dragoman.selector" (dict "root" . "component" "gateway")))) "topologyKey" "kubernetes.io/hostname" -}}
{{- $_ := set $ours "podAntiAffinity" (dict "preferredDuringSchedulingIgnoredDuringExecution" (list (dict "weight" 100 "podAffinityTerm" $others))) -}}
{{- toYaml (default $ours .Values.affinity) -}}
{{- end -}}

{{- define "dragoman.spread" -}}
{{- if .Values.topologySpreadConstraints -}}
{{- toYaml .Values.topologySpreadConstraints -}}
{{- else -}}
{{- range list "topology.kubernetes.io/zone" "kubernetes.io/hostname" }}
- maxSkew: 1
  topologyKey: {{ . }}
  whenUnsatisfiable: ScheduleAnyway
  labelSelector:
    matchLabels:
      {{- include "dragoman.selector" (dict "root" $ "component" "gateway") | nindent 6 }}
{{- end }}
{{- end -}}
{{- end -}}

{{/* Where pods run, for the gateway and for the hooks alike. */}}
{{- define "dragoman.placement" -}}
{{- with .Values.image.pullSecrets }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . }}
  {{- end }}
{{- end }}
{{- with .Values.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- with .Values.runtimeClassName }}
runtimeClassName: {{ . }}
{{- end }}
{{- end -}}

{{- define "dragoman.podTemplate" -}}
metadata:
  labels:
    {{- include "dragoman.labels" (dict "root" $ "component" "gateway") | nindent 4 }}
    {{- with .Values.podLabels }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  {{- $annotations := deepCopy .Values.podAnnotations }}
  {{- if eq .Values.reload "rollout" }}
  {{- $_ := set $annotations "checksum/documents" (include "dragoman.documents" . | sha256sum) }}
  {{- end }}
  {{- with $annotations }}
  annotations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
spec:
  serviceAccountName: {{ include "dragoman.serviceAccount" . }}
  automountServiceAccountToken: false
  enableServiceLinks: false
  terminationGracePeriodSeconds: {{ add .Values.gateway.stopDelaySeconds .Values.gateway.drainSeconds 10 }}
  securityContext:
    {{- include "dragoman.podSecurity" . | nindent 4 }}
  {{- include "dragoman.placement" . | nindent 2 }}
  affinity:
    {{- include "dragoman.affinity" . | nindent 4 }}
  topologySpreadConstraints:
    {{- include "dragoman.spread" . | trim | nindent 4 }}
  {{- with include "dragoman.initContainers" . | trim }}
  initContainers:
    {{- . | nindent 4 }}
  {{- end }}
  containers:
    {{- include "dragoman.container" . | nindent 4 }}
  volumes:
    {{- include "dragoman.volumes" . | trim | nindent 4 }}
{{- end -}}
