{{/* What must hold between values, each said in a sentence. Types and unknown keys are values.schema.json's. */}}
{{- define "dragoman.checks" -}}
{{- include "dragoman.checkGateway" . -}}
{{- include "dragoman.checkSealing" . -}}
{{- include "dragoman.checkStore" . -}}
{{- include "dragoman.checkDocuments" . -}}
{{- include "dragoman.checkPrograms" . -}}
{{- include "dragoman.checkScale" . -}}
{{- include "dragoman.checkDoors" . -}}
{{- include "dragoman.checkTests" . -}}
{{- end -}}

{{- define "dragoman.checkGateway" -}}
{{- with .Values.gateway -}}
{{- if not .issuer -}}
{{- fail "gateway.issuer is needed: the https URL by which clients know this gateway, such as https://gateway.example" -}}
{{- end -}}
{{- if not (regexMatch "^https://[^/?#]+(/[^?#]*[^/?#])?$" .issuer) -}}
{{- fail (printf "gateway.issuer is %q: it must be an https URL without query and without a slash at its end" .issuer) -}}
{{- end -}}
{{- if not .tls.existingSecret -}}
{{- fail "gateway.tls.existingSecret is needed: the Secret with the gateway's certificate and key, as kubectl create secret tls makes one" -}}
{{- end -}}
{{- if and .outboundCa.configMap .outboundCa.existingSecret -}}
{{- fail "gateway.outboundCa names a ConfigMap and a Secret: authorities come from one of them" -}}
{{- end -}}
{{- if and .admin.enabled (not .admin.audiences) -}}
{{- fail "gateway.admin.audiences is needed where gateway.admin.enabled is true: what aud of tokens shown there must name" -}}
{{- end -}}
{{- end -}}
{{- $own := dict "issuer" "gateway.issuer" "serviceUrl" "gateway.serviceUrl" "listen" "service" "tls" "gateway.tls" "sealingKeyFile" "gateway.sealing" "sealing" "gateway.sealing" "adminSocket" "nothing else" "store" "store" "monitoring" "monitoring" "admin.listen" "gateway.admin.enabled" "admin.audiences" "gateway.admin.audiences" "egress.listen" "gateway.relay.enabled" "adapters.directories" "adapters.images" "adapters.interpreters" "adapters.interpreters" "outbound.caFile" "gateway.outboundCa" "supervisor.drainDeadline" "gateway.drainSeconds" "supervisor.stopDelay" "gateway.stopDelaySeconds" -}}
{{- range $path, $value := $own -}}
{{- $found := $.Values.gateway.settings -}}
{{- range splitList "." $path -}}
{{- $found = ternary (get (ternary $found dict (kindIs "map" $found)) .) nil (kindIs "map" $found) -}}
{{- end -}}
{{- if not (or (kindIs "invalid" $found) (and (kindIs "string" $found) (eq $found ""))) -}}
{{- fail (printf "gateway.settings.%s is the chart's to write: use the value %s" $path $value) -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{- define "dragoman.checkSealing" -}}
{{- with .Values.gateway.sealing -}}
{{- $ways := compact (list (ternary "existingSecret" "" (ne .existingSecret "")) (ternary "command" "" (gt (len .command) 0)) (ternary "environment.existingSecret" "" (ne .environment.existingSecret "")) (ternary "manual" "" .manual)) -}}
{{- if not $ways -}}
{{- fail "gateway.sealing says nothing of where the sealing key comes from: make one with dragomand make-sealing-key sealing.key, then kubectl create secret generic NAME --from-file=sealing.key, and name that in existingSecret; or take command, environment.existingSecret or manual" -}}
{{- end -}}
{{- if gt (len $ways) 1 -}}
{{- fail (printf "gateway.sealing has %s: the sealing key comes from one place" (join " and " $ways)) -}}
{{- end -}}
{{- if and .commandEnvironment (not .command) -}}
{{- fail "gateway.sealing.commandEnvironment is there and gateway.sealing.command empty: nothing would get these variables" -}}
{{- end -}}
{{- if and .command (not (hasPrefix "/" (first .command))) -}}
{{- fail (printf "gateway.sealing.command begins with %q: name the program by its absolute path, since none is searched for" (first .command)) -}}
{{- end -}}
{{- if and .manual $.Values.autoscaling.enabled -}}
{{- fail "autoscaling.enabled is true and gateway.sealing.manual too: a pod more would serve nobody until an operator came; fix the number with replicas" -}}
{{- end -}}
{{- range $.Values.extraEnv -}}
{{- if eq (toString .name) "DRAGOMAN_SEALING_KEY" -}}
{{- fail "extraEnv has DRAGOMAN_SEALING_KEY, which is the chart's: name its Secret in gateway.sealing.environment.existingSecret" -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{- define "dragoman.checkConnection" -}}
{{- if regexMatch "(^|\\s)password\\s*=|://[^/@]*:[^/@]*@" .connection -}}
{{- fail (printf "%s.connection holds a password, which would stand in a ConfigMap: put it into a Secret and name that in %s.existingSecret" .path .path) -}}
{{- end -}}
{{- $port := regexFind "(^|\\s)port\\s*=\\s*\\d+" .connection | regexFind "\\d+" -}}
{{- if and $port (ne (int $port) (int .port)) -}}
{{- fail (printf "%s.connection says port %s and store.postgres.port %d, which the network policy opens: make them the same" .path $port (int .port)) -}}
{{- end -}}
{{- end -}}

{{- define "dragoman.checkStore" -}}
{{- if include "dragoman.isCluster" . -}}
{{- if not .Values.store.postgres.connection -}}
{{- fail "store.postgres.connection is needed where store.kind is postgres: host=db.internal dbname=dragoman user=dragoman sslmode=verify-full" -}}
{{- end -}}
{{- $port := .Values.store.postgres.port -}}
{{- include "dragoman.checkConnection" (dict "path" "store.postgres" "connection" .Values.store.postgres.connection "port" $port) -}}
{{- include "dragoman.checkConnection" (dict "path" "migrations" "connection" .Values.migrations.connection "port" $port) -}}
{{- if and .Values.migrations.existingSecret (not .Values.migrations.connection) -}}
{{- fail "migrations.existingSecret is the password of a role that migrations.connection must name" -}}
{{- end -}}
{{- else -}}
{{- if gt (int .Values.replicas) 1 -}}
{{- fail (printf "replicas is %d and store.kind sqlite: a database in a file is one pod's; use store.kind postgres for more" (int .Values.replicas)) -}}
{{- end -}}
{{- if .Values.autoscaling.enabled -}}
{{- fail "autoscaling.enabled is true and store.kind sqlite: a database in a file is one pod's; use store.kind postgres for more" -}}
{{- end -}}
{{- if .Values.store.postgres.connection -}}
{{- fail "store.postgres.connection is there and store.kind sqlite: set store.kind to postgres, or leave the connection out" -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{- define "dragoman.checkDocuments" -}}
{{- $seen := dict -}}
{{- range .Values.adapters.images -}}
{{- $name := printf "Adapter %s" .name -}}
{{- if hasKey $seen $name -}}
{{- fail (printf "adapters.images has %q twice: names of adapters are unique" .name) -}}
{{- end -}}
{{- $_ := set $seen $name true -}}
{{- end -}}
{{- range .Values.documents.inline -}}
{{- if eq .kind "Gateway" -}}
{{- fail "documents.inline has a document of kind Gateway: that one is made from the values gateway, store and monitoring, and gateway.settings for the rest" -}}
{{- end -}}
{{- $name := printf "%s %v" .kind (get .metadata "name") -}}
{{- if hasKey $seen $name -}}
{{- fail (printf "%s is there twice: names are unique within a kind" $name) -}}
{{- end -}}
{{- $_ := set $seen $name true -}}
{{- end -}}
{{- end -}}

{{- define "dragoman.checkPrograms" -}}
{{- range .Values.adapters.images -}}
{{- if and (eq (include "dragoman.adapterSource" .) "init") (not .command) -}}
{{- fail (printf "adapter %q has no command: what its image copies the program with, such as [install, -D, -m, \"0555\", /adapter/%s, /adapters/programs/%s]; or take source: volume" .name .program .program) -}}
{{- end -}}
{{- $entry := . -}}
{{- range list "program" "sha256" -}}
{{- if hasKey (default dict $entry.spec) . -}}
{{- fail (printf "adapter %q says %s in its spec: it stands beside it, where the chart reads it" $entry.name .) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- if and .Values.kerberos.keytabs (not .Values.kerberos.enabled) -}}
{{- fail "kerberos.keytabs are there and kerberos.enabled is false: nothing would mount them" -}}
{{- end -}}
{{- $own := list "documents" "tls" "sealing" "run" "store" "database" "database-password" "outbound" "krb5" "spiffe" "tokens" "adapters" -}}
{{- range .Values.extraVolumes -}}
{{- if has .name $own -}}
{{- fail (printf "extraVolumes has %q, which is a volume of the chart: give yours another name" .name) -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{- define "dragoman.checkScale" -}}
{{- with .Values.autoscaling -}}
{{- if and .enabled (gt (int .minReplicas) (int .maxReplicas)) -}}
{{- fail (printf "autoscaling.minReplicas is %d and maxReplicas %d: at least cannot be more than at most" (int .minReplicas) (int .maxReplicas)) -}}
{{- end -}}
{{- end -}}
{{- $pods := int (include "dragoman.replicas" .) -}}
{{- $away := .Values.podDisruptionBudget.maxUnavailable -}}
{{- if and .Values.podDisruptionBudget.enabled (gt $pods 1) (not (kindIs "string" $away)) (ge (int $away) $pods) -}}
{{- fail (printf "podDisruptionBudget.maxUnavailable is %d of %d pods: all could go at once" (int $away) $pods) -}}
{{- end -}}
{{- end -}}

{{- define "dragoman.checkDoors" -}}
{{- if and .Values.service.loadBalancerSourceRanges (ne .Values.service.type "LoadBalancer") -}}
{{- fail (printf "service.loadBalancerSourceRanges is there and service.type %s: only a LoadBalancer looks at it" .Values.service.type) -}}
{{- end -}}
{{- if and .Values.gatewayApi.enabled (not .Values.gatewayApi.parentRefs) -}}
{{- fail "gatewayApi.parentRefs is needed where gatewayApi.enabled is true: the Gateways that the route belongs to" -}}
{{- end -}}
{{- if and .Values.networkPolicy.administrators (not .Values.gateway.admin.enabled) -}}
{{- fail "networkPolicy.administrators are there and gateway.admin.enabled is false: there is nothing for them to reach" -}}
{{- end -}}
{{- if and .Values.gateway.admin.enabled .Values.networkPolicy.enabled (not .Values.networkPolicy.administrators) -}}
{{- fail "gateway.admin.enabled is true and networkPolicy.administrators empty: say who may reach it, or nobody can" -}}
{{- end -}}
{{- if and .Values.monitoring.serviceMonitor.enabled .Values.monitoring.podMonitor.enabled -}}
{{- fail "monitoring has a ServiceMonitor and a PodMonitor: every number would be counted twice; enable one" -}}
{{- end -}}
{{- end -}}

{{- define "dragoman.checkTests" -}}
{{- with .Values.tests.exchange -}}
{{- if .enabled -}}
{{- if not .existingSecret -}}
{{- fail "tests.exchange.existingSecret is needed where tests.exchange.enabled is true: the Secret with the token that dragoman issuer fixture made" -}}
{{- end -}}
{{- if not (get .jwks "keys") -}}
{{- fail "tests.exchange.jwks is needed where tests.exchange.enabled is true: the public keys that dragoman issuer fixture printed" -}}
{{- end -}}
{{- range get .jwks "keys" -}}
{{- if or (hasKey . "d") (hasKey . "k") -}}
{{- fail "tests.exchange.jwks holds a private key, which would stand in a ConfigMap: only public keys belong there" -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}
