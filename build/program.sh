# Sourced by the launchers: builds the command line tool. Much of a short command is just-in-time compilation, so the tool
# is compiled ahead of time (ReadyToRun) where the package feed has the SDK's compiler for it.
published_program() { echo "$1/artifacts/publish/KafkaFlow.Cli/release/kafkaflow"; }

publish_program() {
  local project="$1/src/KafkaFlow.Cli/KafkaFlow.Cli.csproj" ahead=true
  local quiet=(-v quiet --nologo) target=(--use-current-runtime -p:SelfContained=false)
  export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
  dotnet restore "$project" "${quiet[@]}" "${target[@]}" -p:PublishReadyToRun=true >/dev/null 2>&1 || {
    echo "without ahead-of-time compilation, each start takes about 0.5 s more: the package feed has no microsoft.netcore.app.crossgen2" >&2
    ahead=false
  }
  dotnet publish "$project" -c Release "${quiet[@]}" -clp:NoSummary "${target[@]}" -p:PublishReadyToRun=$ahead 1>&2
}
