using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using KafkaFlow.Cli.Local;
using KafkaFlow.Cli.Output;
using KafkaFlow.Contracts;
using Command = System.CommandLine.Command;

namespace KafkaFlow.Cli.Commands;

/// <summary><c>playbook validate|register|list|show</c>.</summary>
internal static class PlaybookCommands
{
    public static Command Create(GlobalOptions global) => new("playbook", "Check, register and list playbooks.")
    {
        Validate(global), Register(global), List(global), Show(global),
    };

    private static Command Validate(GlobalOptions global)
    {
        var files = new Argument<string[]>("FILE") { Arity = ArgumentArity.OneOrMore };
        var command = new Command("validate", "Check playbook files; nothing is sent.") { files };
        global.SetAction(command, (context, parsed, _) =>
        {
            var compiled = parsed.GetValue(files)!.Select(file => PlaybookFile.Compile(file)).ToList();
            PlaybookFile.Show(context.Report, compiled);
            return Task.FromResult(compiled.All(c => c.Graph is not null) ? ExitCodes.Ok : ExitCodes.Validation);
        });
        return command;
    }

    private static Command Register(GlobalOptions global)
    {
        var file = new Argument<string>("FILE");
        var command = new Command("register", "Register a playbook: the next version of its path.") { file };
        global.SetAction(command, async (context, parsed, cancel) =>
        {
            var playbook = PlaybookFile.Compile(parsed.GetValue(file)!);
            playbook.RequireValid(context.Report);
            using var cluster = await context.ConnectAsync(cancel);
            using var registry = new PlaybookRegistry(cluster);
            var (record, created) = await registry.RegisterAsync(playbook.Graph!.Path, playbook.Source, cancel);
            var document = new JsonObject
            {
                ["path"] = record.Path, ["version"] = record.Version, ["content_hash"] = record.ContentHash,
                ["created"] = created,
            };
            context.Report.Document(document, o => o.WriteLine(
                $"{record.Path}@{record.Version} "
                + $"{(created ? "registered" : "was registered before with the same content")}"));
            context.Report.Talk($"next: kafkaflow execution start {record.Path}");
            return ExitCodes.Ok;
        });
        return command;
    }

    private static Command List(GlobalOptions global)
    {
        var command = new Command("list", "List registered playbooks.");
        global.SetAction(command, async (context, _, cancel) =>
        {
            using var cluster = await context.ConnectAsync(cancel);
            using var registry = new PlaybookRegistry(cluster);
            var records = registry.Read(cancel);
            context.Report.Document(new JsonArray([.. records.Select(Describe)]), _ => context.Report.Table(
                ["path", "version", "content hash", "created at"],
                records.Select(r => new[] { r.Path, $"{r.Version}", r.ContentHash[..12], $"{r.CreatedAt}" })));
            return ExitCodes.Ok;
        });
        return command;
    }

    private static Command Show(GlobalOptions global)
    {
        var name = new Argument<string>("PATH[@V]");
        var command = new Command("show", "Show one registered playbook with its source.") { name };
        global.SetAction(command, async (context, parsed, cancel) =>
        {
            using var cluster = await context.ConnectAsync(cancel);
            using var registry = new PlaybookRegistry(cluster);
            var record = Find(registry, parsed.GetValue(name)!, cancel);
            var document = Describe(record);
            document["source"] = record.Source;
            context.Report.Document(document, o => o.WriteLine(record.Source));
            return ExitCodes.Ok;
        });
        return command;
    }

    /// <param name="name"><c>PATH</c> or <c>PATH@VERSION</c>.</param>
    /// <exception cref="CliException">Not registered; names the nearest path.</exception>
    public static PlaybookRecord Find(PlaybookRegistry registry, string name, CancellationToken cancel)
    {
        var at = name.LastIndexOf('@');
        int? version = null;
        if (at > 0 && name[(at + 1)..] is var text && text != "latest")
            version = int.TryParse(text, CultureInfo.InvariantCulture, out var number) && number > 0
                ? number
                : throw new CliException(ExitCodes.Usage, "bad_version", "the version is no number")
                {
                    Expected = "PATH, PATH@latest or PATH@1, 2, 3 ..", Found = name,
                };
        var path = at > 0 ? name[..at] : name;
        if (registry.Find(path, version, cancel) is { } found) return found;
        var nearest = EditDistance.Nearest(path, registry.Read(cancel).Select(r => r.Path).Distinct());
        throw CliException.NotFound(
            $"playbook {name} is not registered",
            nearest is null || nearest == path ? "see: kafkaflow playbook list" : $"did you mean {nearest}?");
    }

    private static JsonObject Describe(PlaybookRecord record) => new()
    {
        ["path"] = record.Path, ["version"] = record.Version, ["content_hash"] = record.ContentHash,
        ["created_at"] = record.CreatedAt.ToString(),
    };
}
