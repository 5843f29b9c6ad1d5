{{- /* A Service's name begins with a letter and has no dots, which a release's may */ -}}
{{- define "operator.name" -}}
{{- $release := .Release.Name | replace "." "-" -}}
{{- if not (regexMatch "^[a-z]" $release) -}}
{{- $release = printf "operator-%s" $release -}}
{{- end -}}
{{- .Values.fullnameOverride | default $release | trunc 50 | trimAll "-" -}}
{{- end -}}

{{- define "operator.serviceAccount" -}}
{{- .Values.serviceAccount.name | default (ternary (include "operator.name" .) "default" .Values.serviceAccount.create) -}}
{{- end -}}

{{- define "operator.selector" -}}
app.kubernetes.io/name: ingestor-operator
app.kubernetes.io/instance: {{ .Release.Name | quote }}
{{- end -}}

{{- define "operator.labels" -}}
{{ include "operator.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- end -}}

{{- /* What people give, and the chart's own, which stays as it is: list OWN GIVEN, the first one as YAML */ -}}
{{- define "operator.completed" -}}
{{- merge (index . 0 | fromYaml) (index . 1 | default dict) | toYaml -}}
{{- end -}}

{{- /* Whose the CRD in the cluster is, if not this release's: Helm refuses to touch what is another's */ -}}
{{- define "operator.crdOwner" -}}
{{- if .Values.crds.enabled -}}
{{- $live := lookup "apiextensions.k8s.io/v1" "CustomResourceDefinition" "" "ingestordeployments.ingestor.dev" -}}
{{- if $live -}}
{{- $marks := $live.metadata.annotations | default dict -}}
{{- $name := index $marks "meta.helm.sh/release-name" | default "" -}}
{{- $namespace := index $marks "meta.helm.sh/release-namespace" | default "" -}}
{{- if not $name -}}
somebody who does not use Helm
{{- else if or (ne $name .Release.Name) (ne $namespace .Release.Namespace) -}}
release {{ $name }} of namespace {{ $namespace }}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{- define "operator.image" -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end -}}

{{- define "operator.testHook" -}}
helm.sh/hook: test
helm.sh/hook-delete-policy: before-hook-creation,hook-succeeded
{{- end -}}
