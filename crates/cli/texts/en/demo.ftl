## demo/report

demo-report-as-seen = AS SEEN BY
