{{/* The name of all objects: the release's, with the chart's where that is not in it. What is put behind it has 23 characters at
most, and a Service's name 63. */}}
{{- define "metawasm.fullname" -}}
{{- $name := include "metawasm.name" . -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride -}}
{{- else if contains $name .Release.Name -}}
{{- regexReplaceAll "-+$" (trunc 40 .Release.Name) "" -}}
{{- else -}}
{{- regexReplaceAll "-+$" (printf "%s-%s" .Release.Name $name | trunc 40) "" -}}
{{- end -}}
{{- end -}}

{{/* The chart's name. */}}
{{- define "metawasm.name" -}}
{{- .Values.nameOverride | default .Chart.Name -}}
{{- end -}}

{{/* By what the pods are found. All names are quoted: YAML takes `true` and `123` for something else than a name. */}}
{{- define "metawasm.selector" -}}
app.kubernetes.io/name: {{ include "metawasm.name" . | quote }}
{{- end -}}

{{/* Labels of every object. */}}
{{- define "metawasm.labels" -}}
{{ include "metawasm.selector" . }}
app.kubernetes.io/instance: {{ .Release.Name | quote }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service | quote }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | quote }}
{{- end -}}

{{/* Labels of the objects that make up the host. */}}
{{- define "metawasm.hostLabels" -}}
{{ include "metawasm.labels" . }}
app.kubernetes.io/component: host
{{- end -}}

{{- define "metawasm.image" -}}
{{- if .Values.image.digest -}}
{{- printf "%s@%s" .Values.image.repository .Values.image.digest -}}
{{- else -}}
{{- printf "%s:%s" .Values.image.repository (.Values.image.tag | default .Chart.AppVersion) -}}
{{- end -}}
{{- end -}}

{{/* The kinds of files/kinds.yaml that the values want, as YAML. */}}
{{- define "metawasm.kinds" -}}
{{- $kinds := list -}}
{{- range .Files.Get "files/kinds.yaml" | fromYamlArray -}}
{{- if not (hasKey . "when") -}}
{{- $kinds = append $kinds . -}}
{{- else if index $.Values.kinds .when -}}
{{- $kinds = append $kinds . -}}
{{- end -}}
{{- end -}}
{{- toYaml $kinds -}}
{{- end -}}

{{/* The group of an apiVersion: nothing for v1. */}}
{{- define "metawasm.group" -}}
{{- if contains "/" . }}{{ regexReplaceAll "/.*" . "" }}{{ end -}}
{{- end -}}
