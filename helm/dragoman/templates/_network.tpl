{{/* Rules that more than one policy has. */}}
{{- define "dragoman.egressToNames" -}}
- ports:
    - {port: {{ int .Values.networkPolicy.dnsPort }}, protocol: UDP}
    - {port: {{ int .Values.networkPolicy.dnsPort }}, protocol: TCP}
  to:
    {{- $names := dict "namespaceSelector" (dict "matchLabels" (dict "kubernetes.io/metadata.name" "kube-system")) "podSelector" (dict "matchLabels" (dict "k8s-app" "kube-dns")) }}
    {{- default (list $names) .Values.networkPolicy.dns | toYaml | nindent 4 }}
{{- end -}}

{{- define "dragoman.egressToDatabase" -}}
- ports:
    - {port: {{ int .Values.store.postgres.port }}, protocol: TCP}
  {{- with .Values.networkPolicy.database }}
  to:
    {{- toYaml . | nindent 4 }}
  {{- end }}
{{- end -}}
