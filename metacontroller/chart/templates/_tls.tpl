{{/* The Secret with the hooks' certificate. */}}
{{- define "metawasm.tls.secret" -}}
{{- .Values.tls.existingSecret | default (printf "%s-tls" (include "metawasm.fullname" .)) -}}
{{- end -}}

{{/* The data of the Secret that the chart makes: that of the cluster where it is there, else a new CA and a certificate of it.
Made once and kept in the values of this rendering, since the Secret and the controllers must have the same. */}}
{{- define "metawasm.tls.data" -}}
{{- if not (hasKey .Values.tls "made") -}}
{{- $name := include "metawasm.tls.secret" . -}}
{{- $there := lookup "v1" "Secret" .Release.Namespace $name -}}
{{- if and $there (hasKey ($there.data | default dict) "ca.crt") -}}
{{- $_ := set .Values.tls "made" (pick $there.data "tls.crt" "tls.key" "ca.crt") -}}
{{- else -}}
{{- $service := include "metawasm.fullname" . -}}
{{- $host := printf "%s.%s.svc" $service .Release.Namespace -}}
{{- $ca := genCA (printf "%s CA" $host) 3650 -}}
{{- $signed := genSignedCert $host nil (list $host) 3650 $ca -}}
{{- $_ := set .Values.tls "made" (dict "tls.crt" ($signed.Cert | b64enc) "tls.key" ($signed.Key | b64enc) "ca.crt" ($ca.Cert | b64enc)) -}}
{{- end -}}
{{- end -}}
{{- toYaml .Values.tls.made -}}
{{- end -}}

{{/* How Metacontroller knows the host: by the values' CA, by that of the certificate that the chart makes, or by ca.crt of the
Secret of others. Nothing without TLS. */}}
{{- define "metawasm.tls.caBundle" -}}
{{- if not .Values.tls.enabled -}}
{{- else if .Values.tls.caBundle | default "" | trim -}}
inline: |
  {{- .Values.tls.caBundle | trim | nindent 2 }}
{{- else if .Values.tls.existingSecret -}}
secretRef:
  name: {{ .Values.tls.existingSecret | quote }}
  namespace: {{ .Release.Namespace | quote }}
  key: ca.crt
{{- else -}}
inline: |
  {{- index (include "metawasm.tls.data" . | fromYaml) "ca.crt" | b64dec | trim | nindent 2 }}
{{- end -}}
{{- end -}}
