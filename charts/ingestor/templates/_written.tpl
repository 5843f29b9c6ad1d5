{{- /*
The annotation of a Secret that values are written into: a digest of what was written. Fails where the Secret in the
cluster holds neither that nor what the values say, for then somebody has changed it since, to restore a database or to
change a password, and the upgrade would write the former one back. Whoever reads the digest can read the Secret too.
A rollback renders nothing, and so asks nothing. dict "root" . "name" NAME "data" DATA "values" WHICH-VALUES
*/ -}}
{{- define "ingestor.written" -}}
{{- $namespace := .root.Release.Namespace -}}
{{- $live := lookup "v1" "Secret" $namespace .name -}}
{{- $written := dig "metadata" "annotations" "ingestor.dev/written" "" $live -}}
{{- $holds := dict -}}
{{- range $key := keys .data -}}
{{- $_ := set $holds $key (dig "data" $key "" $live | b64dec) -}}
{{- end -}}
{{- $now := .data | toJson | sha256sum -}}
{{- if and $written (not (has ($holds | toJson | sha256sum) (list $written $now))) -}}
{{- fail (printf "Secret %s was changed after this chart wrote it, and %s would write the former contents back. Give in %s what the Secret holds now. To overwrite it: kubectl --namespace %s annotate secret %s ingestor.dev/written-" .name .values .values $namespace .name) -}}
{{- end -}}
ingestor.dev/written: {{ $now }}
{{- end -}}
