using System.CommandLine;
using System.CommandLine.Parsing;
using KafkaFlow.Cli.Output;
using KafkaFlow.Contracts;

namespace KafkaFlow.Cli.Commands;

/// <summary>What was typed wrong, with the nearest word that would have been right.</summary>
internal static class UsageErrors
{
    public static CliException Of(ParseResult parsed)
    {
        var command = parsed.CommandResult.Command;
        var typed = MistypedOption(parsed) ?? (parsed.UnmatchedTokens.Count > 0 ? parsed.UnmatchedTokens[0] : null);
        if (typed is null)
            return new CliException(ExitCodes.Usage, "usage", parsed.Errors[0].Message.ReplaceLineEndings(" "))
            {
                Where = PathOf(parsed.CommandResult), Hint = $"see: {PathOf(parsed.CommandResult)} --help",
            };
        var isOption = typed.StartsWith('-');
        var known = isOption ? OptionsOf(parsed.CommandResult) : command.Subcommands.Select(c => c.Name);
        var nearest = EditDistance.Nearest(typed, known);
        return new CliException(ExitCodes.Usage, isOption ? "unknown_option" : "unknown_command",
            $"unknown {(isOption ? "option" : "command")} '{typed}'")
        {
            Where = PathOf(parsed.CommandResult),
            Found = typed,
            Hint = nearest is null ? $"see: {PathOf(parsed.CommandResult)} --help" : $"did you mean {nearest}?",
        };
    }

    /// <summary>A mistyped option that was taken for an argument.</summary>
    private static string? MistypedOption(ParseResult parsed) =>
        parsed.Tokens.FirstOrDefault(token =>
            token.Type == TokenType.Argument && token.Value.StartsWith("--", StringComparison.Ordinal))?.Value;

    private static IEnumerable<string> OptionsOf(CommandResult result)
    {
        for (SymbolResult? at = result; at is not null; at = at.Parent)
            if (at is CommandResult command)
                foreach (var option in command.Command.Options.Where(o => at == result || o.Recursive))
                    yield return option.Name;
    }

    private static string PathOf(CommandResult result)
    {
        var names = new List<string>();
        for (SymbolResult? at = result; at is not null; at = at.Parent)
            if (at is CommandResult { Parent: not null } command) names.Insert(0, command.Command.Name);
        return string.Join(' ', names.Prepend("kafkaflow"));
    }
}
