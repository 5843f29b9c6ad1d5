{{- /* Fails with a sentence where values say two things of one: one of them would silently not count */ -}}
{{- define "ingestor.contradictions" -}}
{{- with .Values.database }}
{{- if and .url .existingSecret.name }}
{{- fail "database.url and database.existingSecret.name are both given; give one of them" }}
{{- end }}
{{- if and (or .url .existingSecret.name) (dig "database" "secretRef" "name" "" $.Values.spec) }}
{{- fail "spec.database.secretRef and database are both given; name the Secret with the connection URL once" }}
{{- end }}
{{- end }}
{{- with .Values.auth }}
{{- if and .jwtSecret .existingSecret.name }}
{{- fail "auth.jwtSecret and auth.existingSecret.name are both given; give one of them" }}
{{- end }}
{{- if and (or .jwtSecret .existingSecret.name) (dig "auth" "jwtSecretRef" "name" "" $.Values.spec) }}
{{- fail "spec.auth.jwtSecretRef and auth are both given; name the Secret with the tokens' key once" }}
{{- end }}
{{- end }}
{{- with .Values.kafkaLogin }}
{{- if and .username (not .password) }}
{{- fail "kafkaLogin.password is empty; give it, or name a Secret that exists in spec.kafka.sasl.secretRef" }}
{{- end }}
{{- if and .password (not .username) }}
{{- fail "kafkaLogin.username is empty, and kafkaLogin.password is given; give both" }}
{{- end }}
{{- if and .username (dig "kafka" "sasl" dict $.Values.spec) }}
{{- fail "spec.kafka.sasl and kafkaLogin are both given; give one of them" }}
{{- end }}
{{- end }}
{{- end -}}
