{{- define "ingestor.name" -}}
{{- .Values.name | default .Release.Name -}}
{{- end -}}

{{- define "ingestor.labels" -}}
app.kubernetes.io/name: analytics-ingestor
app.kubernetes.io/instance: {{ include "ingestor.name" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- end -}}

{{- /* The same from version to version: what is written into a Secret, also a label, replaces the pods that read it */ -}}
{{- define "ingestor.secretLabels" -}}
app.kubernetes.io/name: analytics-ingestor
app.kubernetes.io/instance: {{ include "ingestor.name" . }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end -}}

{{- /* The operator's labels on the pods of one component: dict "root" . "component" "api" */ -}}
{{- define "ingestor.pods" -}}
app.kubernetes.io/name: analytics-ingestor
app.kubernetes.io/instance: {{ include "ingestor.name" .root }}
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
