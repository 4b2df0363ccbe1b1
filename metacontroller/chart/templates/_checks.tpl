{{/* Checks that a schema cannot express: combinations of values, and reserved names. Renders nothing. */}}
{{- define "metawasm.check" -}}
{{- $name := include "metawasm.fullname" . -}}
{{- if not (regexMatch "^[a-z]([-a-z0-9]*[a-z0-9])?$" $name) -}}
{{- fail (printf "invalid name %q of the Service: it must start with a letter and must not contain dots. Set fullnameOverride, or use another release name" $name) -}}
{{- end -}}

{{- /* Without tls.enabled they are not used, which the notes say: a development cluster switches off what other values say. */ -}}
{{- with .Values.tls -}}
{{- if contains "PRIVATE KEY" (.caBundle | default "") -}}
{{- fail "tls.caBundle contains a private key, which would be visible to every reader of the controllers. Remove the key and keep the certificates" -}}
{{- end -}}
{{- if and .enabled (.caBundle | default "" | trim) (not .existingSecret) -}}
{{- fail "tls.caBundle requires tls.existingSecret: otherwise the chart creates a certificate with its own CA, and every call would fail. Set tls.existingSecret to the Secret with your certificate, or remove tls.caBundle" -}}
{{- end -}}
{{- end -}}

{{- if and .Values.rbac.metacontroller (not .Values.rbac.create) -}}
{{- fail "rbac.metacontroller requires rbac.create: with rbac.create=false the chart creates no permissions. Set rbac.create, or remove rbac.metacontroller and create the permissions yourself" -}}
{{- end -}}

{{- /* In milliseconds: templates know no durations. */ -}}
{{- $timeout := 0.0 -}}
{{- range regexFindAll "[0-9.]+[a-z]+" .Values.controller.timeout -1 -}}
{{- $unit := regexFind "[a-z]+" . -}}
{{- $timeout = addf $timeout (mulf (trimSuffix $unit . | float64) (get (dict "ms" 1 "s" 1000 "m" 60000 "h" 3600000) $unit)) -}}
{{- end -}}
{{- if lt $timeout 1000.0 -}}
{{- fail (printf "controller.timeout (%s) is below 1s: plugins would not have enough time to answer. The default is 10s, and the Function plugin may use 2s" .Values.controller.timeout) -}}
{{- end -}}

{{- $volumes := list "config" "cache" -}}
{{- $mounts := list "/etc/metawasm" "/cache" -}}
{{- if .Values.tls.enabled -}}
{{- $volumes = append $volumes "tls" -}}
{{- $mounts = append $mounts "/etc/metawasm-tls" -}}
{{- end -}}
{{- if .Values.registries.credentialsSecret -}}
{{- $volumes = append $volumes "registries" -}}
{{- $mounts = append $mounts "/etc/metawasm-registries" -}}
{{- end -}}
{{- range .Values.pluginConfigMaps -}}
{{- $volumes = append $volumes (printf "configmap-%s" . | trunc 63 | trimSuffix "-") -}}
{{- $mounts = append $mounts (printf "/configmaps/%s" .) -}}
{{- end -}}
{{- if and (include "metawasm.fromRegistry" .) .Values.networkPolicy.enabled (not .Values.registries.egress) -}}
{{- fail "plugins: a plugin has an oci:// source, and the NetworkPolicy allows no connection to a registry. Set registries.egress to the registry's network, such as [{cidr: 10.0.0.0/8, port: 443}], or disable networkPolicy" -}}
{{- end -}}
{{- range .Values.extraVolumes -}}
{{- if has .name $volumes -}}
{{- fail (printf "extraVolumes: duplicate volume name %q. Use another name" .name) -}}
{{- end -}}
{{- $volumes = append $volumes .name -}}
{{- end -}}
{{- range .Values.extraVolumeMounts -}}
{{- $path := regexReplaceAll "/+$" .mountPath "" -}}
{{- if eq $path "/plugins" -}}
{{- fail (printf "extraVolumeMounts: a volume at %s would hide the plugins of the image. Mount it at another path, for example /more-plugins" .mountPath) -}}
{{- end -}}
{{- if has $path $mounts -}}
{{- fail (printf "extraVolumeMounts: duplicate mountPath %s. Use another path" .mountPath) -}}
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
{{- fail (printf "extraEnv: duplicate variable %s. Remove one of them" .name) -}}
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
{{- fail "podAnnotations must not contain checksum/config: the chart sets it, so that a changed configuration restarts the pods. Remove it" -}}
{{- end -}}
{{- range $value := list "serviceMonitor" "prometheusRule" "grafanaDashboard" -}}
{{- $object := get $.Values $value -}}
{{- if $object.enabled -}}
{{- range $label, $_ := include "metawasm.hostLabels" $ | fromYaml -}}
{{- if hasKey ($object.labels | default dict) $label -}}
{{- fail (printf "%s.labels must not contain %s: the chart sets it on all objects. Remove it" $value $label) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}
