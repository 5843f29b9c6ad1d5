{{- /* As the CRD wants names: a letter first, no dots, which a release's may have, and 40 characters at most */ -}}
{{- define "ingestor.name" -}}
{{- $release := .Release.Name | replace "." "-" -}}
{{- if not (regexMatch "^[a-z]" $release) -}}
{{- $release = printf "ingestor-%s" $release -}}
{{- end -}}
{{- .Values.name | default $release | trunc 40 | trimAll "-" -}}
{{- end -}}

{{- define "ingestor.labels" -}}
app.kubernetes.io/name: analytics-ingestor
app.kubernetes.io/instance: {{ include "ingestor.name" . | quote }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- end -}}

{{- /* What people give, and the chart's own, which stays as it is: list OWN GIVEN, the first one as YAML */ -}}
{{- define "ingestor.completed" -}}
{{- merge (index . 0 | fromYaml) (index . 1 | default dict) | toYaml -}}
{{- end -}}

{{- /* The same from version to version: what is written into a Secret, also a label, replaces the pods that read it */ -}}
{{- define "ingestor.secretLabels" -}}
app.kubernetes.io/name: analytics-ingestor
app.kubernetes.io/instance: {{ include "ingestor.name" . | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end -}}

{{- /* The operator's labels on the pods of one component: dict "root" . "component" "api" */ -}}
{{- define "ingestor.pods" -}}
app.kubernetes.io/name: analytics-ingestor
app.kubernetes.io/instance: {{ include "ingestor.name" .root | quote }}
app.kubernetes.io/component: {{ .component }}
{{- end -}}

{{- define "ingestor.servicePort" -}}
{{- dig "api" "service" "port" 80 .Values.spec -}}
{{- end -}}

{{- /* Whether the API signs tokens of its own: "true" or "" */ -}}
{{- define "ingestor.ownTokens" -}}
{{- if or .Values.auth.existingSecret.name .Values.auth.jwtSecret (not (dig "auth" "jwksUrl" "" .Values.spec)) }}true{{ end -}}
{{- end -}}

{{- define "ingestor.jwtSecretName" -}}
{{- .Values.auth.existingSecret.name | default (printf "%s-auth" (include "ingestor.name" .)) -}}
{{- end -}}

{{- define "ingestor.jwtSecretKey" -}}
{{- ternary .Values.auth.existingSecret.key "jwt-secret" (not (empty .Values.auth.existingSecret.name)) -}}
{{- end -}}

{{- define "ingestor.testHook" -}}
helm.sh/hook: test
helm.sh/hook-delete-policy: before-hook-creation,hook-succeeded
{{- end -}}
