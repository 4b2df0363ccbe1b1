{{/* Fields of the host's configuration that the chart has taken, and what to do instead. A flag and a variable win over the
file, so that theirs are taken too. */}}
{{- define "metawasm.taken" -}}
{{- $ports := "the Service and the probes use fixed ports" -}}
{{- $who := "restrict callers with a NetworkPolicy, networkPolicy.enabled or your own" -}}
{{- toYaml (dict
  "listen" $ports
  "admin" $ports
  "plugins" "list additional plugins in `plugins`"
  "grace" "terminationGracePeriodSeconds of the pod depends on it"
  "tls" "use `tls`"
  "tls-client-ca" (printf "the chart's controllers send no client certificate; %s" $who)
  "plain" "use `tls`"
  "auth" (printf "the chart's controllers send no credentials; %s" $who)
) -}}
{{- end -}}

{{/* Why a flag of `metawasm serve`, without its hyphens and its value, cannot be given: nothing if it can. */}}
{{- define "metawasm.takenFlag" -}}
{{- $taken := include "metawasm.taken" . | fromYaml -}}
{{- if eq . "config" -}}
the chart creates the file; set its fields in `config`
{{- else if hasKey $taken . -}}
{{- get $taken . -}}
{{- else if regexMatch "^(tls|auth)-" . -}}
{{- get $taken (regexFind "^[a-z]+" .) -}}
{{- end -}}
{{- end -}}

{{/* The host's configuration; docs/configuration.md has every field. */}}
{{- define "metawasm.config" -}}
{{- $why := include "metawasm.taken" . | fromYaml -}}
{{- $more := .Values.plugins | default list -}}
{{- $fields := .Values.config | default dict -}}
{{- range $field, $_ := $fields -}}
{{- with index $why $field -}}
{{- fail (printf "config.%s cannot be set: %s" $field .) -}}
{{- end -}}
{{- end -}}
{{- $settings := include "metawasm.settings" . | fromYaml -}}
{{- $plugins := list (dict "name" "function" "source" "file:/plugins/function.wasm" "settings" $settings) -}}
{{- if .Values.kinds.gatewayApi -}}
{{- $grants := dict "interceptor" (pick $settings.interceptor "service" "namespace") -}}
{{- $plugins = append $plugins (dict "name" "grants" "source" "file:/plugins/grants.wasm" "settings" $grants) -}}
{{- end -}}
{{- $names := list -}}
{{- range $plugin := concat $plugins $more -}}
{{- if has $plugin.name $names -}}
{{- fail (printf "plugins: duplicate plugin name %q. Use another name" $plugin.name) -}}
{{- end -}}
{{- $names = append $names $plugin.name -}}
{{- end -}}
{{- $config := mergeOverwrite (include "metawasm.config.base" . | fromYaml) (include "metawasm.config.registries" . | fromYaml) (deepCopy $fields) -}}
{{- $keys := list -}}
{{- range $name, $_ := .Values.verify.keys -}}
{{- $keys = append $keys (printf "key-%s" $name) -}}
{{- end -}}
{{- range $plugin := $more -}}
{{- $plugin = deepCopy $plugin -}}
{{- if and $keys (not (hasKey $plugin "verify")) -}}
{{- $_ := set $plugin "verify" (dict "keys" $keys) -}}
{{- end -}}
{{- $plugins = append $plugins $plugin -}}
{{- end -}}
{{- toYaml (set $config "plugins" $plugins) -}}
{{- end -}}

{{/* What `config` can change. */}}
{{- define "metawasm.config.base" -}}
listen: 0.0.0.0:8080
admin: 0.0.0.0:8081
# terminationGracePeriodSeconds of the Deployment is 10 s more.
grace: 20s
connections:
  # With the memo (64Mi) and the calls it fits the memory limit of the Deployment.
  bodies: 128Mi
compile:
  # A folder within the volume: the volume itself is writable by all, which the host refuses.
  cache: /cache/code
  memory: 384Mi
log:
  format: json
{{- end -}}

{{/* Whether a plugin comes from a registry. */}}
{{- define "metawasm.fromRegistry" -}}
{{- range .Values.plugins -}}
{{- if or (hasPrefix "oci:" .source) (hasPrefix "oci:" (.shadow | default "")) }}yes{{ end -}}
{{- end -}}
{{- end -}}

{{/* How registries are reached. A restart needs no registry: what was pulled is kept in the cache volume. */}}
{{- define "metawasm.config.registries" -}}
{{- $registries := dict -}}
{{- if include "metawasm.fromRegistry" . -}}
{{- $_ := set $registries "store" "/cache/store" -}}
{{- $_ := set $registries "storeSize" "128Mi" -}}
{{- end -}}
{{- if .Values.registries.credentialsSecret -}}
{{- $_ := set $registries "credentials" (list "/etc/metawasm-registries/config.json") -}}
{{- end -}}
{{- if .Values.registries.ca | trim -}}
{{- $_ := set $registries "ca" "registries-ca.pem" -}}
{{- end -}}
{{- if $registries -}}
{{- toYaml (dict "registries" $registries) -}}
{{- else -}}
{}
{{- end -}}
{{- end -}}

{{/* Where functions' names lead. */}}
{{- define "metawasm.interceptor" -}}
{{- if has .Values.interceptor.port80Service (list "helm" "kustomize") -}}
{{- toYaml (dict "service" (printf "%s-interceptor" (include "metawasm.fullname" .)) "namespace" .Values.interceptor.namespace "port" 80) -}}
{{- else -}}
{{- toYaml (pick .Values.interceptor "service" "namespace" "port") -}}
{{- end -}}
{{- end -}}

{{/* Settings of the Function plugin: what other values make of them, and `settings` over it. */}}
{{- define "metawasm.settings" -}}
{{- $settings := dict "interceptor" (include "metawasm.interceptor" . | fromYaml) -}}
{{- /* Who serves a Function that does not say. */ -}}
{{- $_ := set $settings "defaultEngine" (ternary "knative" "keda" .Values.kinds.knative) -}}
{{- $exposure := dict -}}
{{- with .Values.kinds -}}
{{- if .interceptorRoute -}}
{{- $_ := set $settings "httpAddon" "interceptor-route" -}}
{{- end -}}
{{- if .gatewayApi -}}
{{- $_ := set $exposure "gateway" (dict "name" $.Values.gateway.name "namespace" ($.Values.gateway.namespace | default $.Release.Namespace)) -}}
{{- end -}}
{{- if .ingress -}}
{{- $_ := set $exposure "by" "ingress" -}}
{{- end -}}
{{- if .openfunctionGateways -}}
{{- $_ := set $exposure "readGateways" true -}}
{{- end -}}
{{- end -}}
{{- if $exposure -}}
{{- $_ := set $settings "exposure" $exposure -}}
{{- end -}}
{{- if .Values.serverSideApply -}}
{{- $_ := set $settings "checkNames" true -}}
{{- end -}}
{{- $settings = mergeOverwrite $settings (deepCopy (.Values.settings | default dict)) -}}
{{- if not (kindIs "map" $settings.interceptor) -}}
{{- fail "settings.interceptor requires service, namespace and port. Remove it to use the values of `interceptor`" -}}
{{- end -}}
{{- toYaml $settings -}}
{{- end -}}
