{{/* A webhook of a controller; takes the context and PLUGIN/HOOK. */}}
{{- define "metawasm.webhook" -}}
{{- $ := index . 0 -}}
url: {{ printf "%s://%s.%s.svc:8080/%s" (ternary "https" "http" $.Values.tls.enabled) (include "metawasm.fullname" $) $.Release.Namespace (index . 1) }}
timeout: {{ $.Values.controller.timeout }}
{{- with include "metawasm.tls.caBundle" $ }}
caBundle:
  {{- . | nindent 2 }}
{{- end }}
{{- end -}}

{{/* Nothing changed: 304, and no plugin runs. Both times or neither: with one alone, Metacontroller never starts the
controller. */}}
{{- define "metawasm.etag" -}}
{{- with .Values.controller.etag -}}
{{- if .enabled -}}
etag:
  enabled: true
  cacheTimeoutSeconds: {{ .cacheTimeoutSeconds | int64 }}
  cacheCleanupSeconds: {{ .cacheCleanupSeconds | int64 }}
{{- end -}}
{{- end -}}
{{- end -}}
