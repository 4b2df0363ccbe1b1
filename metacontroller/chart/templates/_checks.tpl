{{/* What the schema cannot say: values that do not go together, and names that the chart has taken. Renders nothing. */}}
{{- define "metawasm.check" -}}
{{- $name := include "metawasm.fullname" . -}}
{{- if not (regexMatch "^[a-z]([-a-z0-9]*[a-z0-9])?$" $name) -}}
{{- fail (printf "the release's name would make the Service %q, and a Service's name begins with a letter and has no dots: set fullnameOverride, or name the release otherwise" $name) -}}
{{- end -}}

{{- /* Without tls.enabled they are not used, which the notes say: a development cluster switches off what other values say. */ -}}
{{- with .Values.tls -}}
{{- if contains "PRIVATE KEY" (.caBundle | default "") -}}
{{- fail "tls.caBundle has a private key in it, which everybody who may read the controllers would see: leave it away, and keep the certificates" -}}
{{- end -}}
{{- if and .enabled (.caBundle | default "" | trim) (not .existingSecret) -}}
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
{{- if .Values.tls.enabled -}}
{{- $volumes = append $volumes "tls" -}}
{{- $mounts = append $mounts "/etc/metawasm-tls" -}}
{{- end -}}
{{- range .Values.extraVolumes -}}
{{- if has .name $volumes -}}
{{- fail (printf "extraVolumes: %q is the name of another volume of the pod: give it one of its own" .name) -}}
{{- end -}}
{{- $volumes = append $volumes .name -}}
{{- end -}}
{{- range .Values.extraVolumeMounts -}}
{{- $path := regexReplaceAll "/+$" .mountPath "" -}}
{{- if eq $path "/plugins" -}}
{{- fail (printf "extraVolumeMounts: a volume at %s would hide the plugins of the image: mount it elsewhere, for example at /more-plugins" .mountPath) -}}
{{- end -}}
{{- if has $path $mounts -}}
{{- fail (printf "extraVolumeMounts: another volume is mounted at %s: take another mountPath" .mountPath) -}}
{{- end -}}
{{- $mounts = append $mounts $path -}}
{{- end -}}

{{- $env := list -}}
{{- range .Values.extraEnv -}}
{{- $variable := .name -}}
{{- if hasPrefix "METAWASM_" .name -}}
{{- with include "metawasm.takenFlag" (trimPrefix "METAWASM_" .name | lower | replace "_" "-") -}}
{{- fail (printf "extraEnv: %s cannot be set: %s" $variable .) -}}
{{- end -}}
{{- end -}}
{{- if has .name $env -}}
{{- fail (printf "extraEnv: %s is there twice: leave one of them away" .name) -}}
{{- end -}}
{{- $env = append $env .name -}}
{{- end -}}
{{- range .Values.extraArgs -}}
{{- $flag := regexFind "^-(c|-[a-z-]+)" . -}}
{{- with include "metawasm.takenFlag" (ternary "config" (trimPrefix "--" $flag) (eq $flag "-c")) -}}
{{- fail (printf "extraArgs: %s cannot be set: %s" $flag .) -}}
{{- end -}}
{{- end -}}

{{- if hasKey (.Values.podAnnotations | default dict) "checksum/config" -}}
{{- fail "podAnnotations cannot have checksum/config: the chart sets it, so that a changed configuration rolls the pods. Leave it away" -}}
{{- end -}}
{{- if .Values.serviceMonitor.enabled -}}
{{- range $label, $_ := include "metawasm.hostLabels" . | fromYaml -}}
{{- if hasKey ($.Values.serviceMonitor.labels | default dict) $label -}}
{{- fail (printf "serviceMonitor.labels cannot have %s: the chart sets it on all its objects. Leave it away" $label) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}
