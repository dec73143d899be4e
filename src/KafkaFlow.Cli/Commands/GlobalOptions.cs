using System.CommandLine;
using KafkaFlow.Cli.Output;
using KafkaFlow.Cli.Settings;

namespace KafkaFlow.Cli.Commands;

/// <summary>Options that every command takes.</summary>
internal sealed class GlobalOptions
{
    private readonly Option<string?> _bootstrap = Recursive("--bootstrap", "Kafka, host:port[,host:port]");
    private readonly Option<string?> _postgres =
        Recursive("--postgres", "Postgres, URI or Npgsql string; none = no sink");
    private readonly Option<string?> _registry = Recursive("--registry", "schema registry URL; empty = schemas topic");
    private readonly Option<string?> _prefix = Recursive("--prefix", "prefix of topics and groups");
    private readonly Option<string?> _data = Recursive("--data", "data directory");

    private readonly Option<string[]> _raw = new("-X")
    {
        Description = "raw librdkafka setting, key=value", Recursive = true, DefaultValueFactory = _ => [],
    };

    private readonly Option<string> _output = new("--output")
    {
        Description = "text or json", Recursive = true, DefaultValueFactory = _ => "text",
    };

    public GlobalOptions() => _output.AcceptOnlyFromAmong("text", "json");

    public void AddTo(RootCommand root)
    {
        foreach (var option in new Option[] { _bootstrap, _postgres, _registry, _prefix, _data, _raw, _output })
            root.Options.Add(option);
    }

    public bool IsJson(ParseResult parsed) =>
        parsed.GetResult(_output) is { Errors: not null } result && result.Tokens.Any(token => token.Value == "json");

    /// <summary>Makes an action of a command: settings and report from the line, then <paramref name="run"/>.</summary>
    public void SetAction(Command command, Func<CommandContext, ParseResult, CancellationToken, Task<int>> run) =>
        command.SetAction((parsed, cancel) => run(ContextOf(parsed), parsed, cancel));

    private CommandContext ContextOf(ParseResult parsed)
    {
        var arguments = new CliArguments(
            parsed.GetValue(_bootstrap), parsed.GetValue(_postgres), parsed.GetValue(_registry),
            parsed.GetValue(_prefix), parsed.GetValue(_data), parsed.GetValue(_raw) ?? []);
        return new CommandContext(CliSettings.Load(arguments), new Report(IsJson(parsed), Console.Out, Console.Error));
    }

    private static Option<string?> Recursive(string name, string description) =>
        new(name) { Description = description, Recursive = true };
}
