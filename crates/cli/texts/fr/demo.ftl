## demo/report

demo-report-as-seen = VU PAR
