{{/* What the schema cannot say: values that do not go together, and names that the chart has taken. Renders nothing. */}}
{{- define "metawasm.check" -}}
{{- $name := include "metawasm.fullname" . -}}
{{- if not (regexMatch "^[a-z]([-a-z0-9]*[a-z0-9])?$" $name) -}}
{{- fail (printf "the release's name would make the Service %q, and a Service's name begins with a letter and has no dots: set fullnameOverride, or name the release otherwise" $name) -}}
{{- end -}}

{{- with .Values.tls -}}
{{- if not .enabled -}}
{{- range $field := list "existingSecret" "caBundle" -}}
{{- if index $.Values.tls $field -}}
{{- fail (printf "tls.%s is there, but tls.enabled is false, and the hooks would be served in the clear: set tls.enabled, or leave tls.%s away" $field $field) -}}
{{- end -}}
{{- end -}}
{{- else if and .caBundle (not .existingSecret) -}}
{{- fail "tls.caBundle is there without tls.existingSecret: the chart then makes a certificate by a CA of its own, which this one does not vouch for, and every call would fail. Name the Secret with your certificate in tls.existingSecret, or leave tls.caBundle away" -}}
{{- end -}}
{{- end -}}

{{- if and .Values.rbac.metacontroller (not .Values.rbac.create) -}}
{{- fail "rbac.metacontroller is true, but with rbac.create=false the chart gives no rights at all: set rbac.create, or leave rbac.metacontroller away and give Metacontroller its rights yourself" -}}
{{- end -}}

{{- /* In milliseconds: templates know no durations. */ -}}
{{- $timeout := 0.0 -}}
{{- range regexFindAll "[0-9.]+[a-z]+" .Values.controller.timeout -1 -}}
{{- $unit := regexFind "[a-z]+" . -}}
{{- $timeout = addf $timeout (mulf (trimSuffix $unit . | float64) (get (dict "ms" 1 "s" 1000 "m" 60000 "h" 3600000) $unit)) -}}
{{- end -}}
{{- if lt $timeout 1000.0 -}}
{{- fail (printf "controller.timeout (%s) is below 1s: plugins would have no time to answer. Its default is 10s, and the Function plugin may take 2s" .Values.controller.timeout) -}}
{{- end -}}

{{- $volumes := list "config" "cache" -}}
{{- $mounts := list "/etc/metawasm" "/cache" -}}
{{- $env := list "METAWASM_PLAIN" -}}
{{- if .Values.tls.enabled -}}
{{- $volumes = append $volumes "tls" -}}
{{- $mounts = append $mounts "/etc/metawasm-tls" -}}
{{- $env = list "METAWASM_TLS_CERT" "METAWASM_TLS_KEY" -}}
{{- end -}}
{{- range .Values.extraVolumes -}}
{{- if has .name $volumes -}}
{{- fail (printf "extraVolumes: %q is the name of another volume of the pod: give it one of its own" .name) -}}
{{- end -}}
{{- $volumes = append $volumes .name -}}
{{- end -}}
{{- range .Values.extraVolumeMounts -}}
{{- if has .mountPath $mounts -}}
{{- fail (printf "extraVolumeMounts: another volume is mounted at %s: take another mountPath" .mountPath) -}}
{{- end -}}
{{- $mounts = append $mounts .mountPath -}}
{{- end -}}
{{- range .Values.extraEnv -}}
{{- if has .name $env -}}
{{- fail (printf "extraEnv: %s is there already: leave it away; `tls` says how the hooks are served" .name) -}}
{{- end -}}
{{- $env = append $env .name -}}
{{- end -}}

{{- if hasKey (.Values.podAnnotations | default dict) "checksum/config" -}}
{{- fail "podAnnotations cannot have checksum/config: the chart sets it, so that a changed configuration rolls the pods. Leave it away" -}}
{{- end -}}
{{- range $label, $_ := include "metawasm.hostLabels" . | fromYaml -}}
{{- if hasKey ($.Values.serviceMonitor.labels | default dict) $label -}}
{{- fail (printf "serviceMonitor.labels cannot have %s: the chart sets it on all its objects. Leave it away" $label) -}}
{{- end -}}
{{- end -}}
{{- end -}}
