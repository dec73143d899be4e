using System.Text.Json;
using System.Text.Json.Nodes;
using KafkaFlow.Cli.Output;

namespace KafkaFlow.Cli.Commands;

/// <summary>JSON from the command line: text, <c>@file</c>, and <c>a.b=VALUE</c> assignments.</summary>
internal static class Payloads
{
    /// <returns>The JSON text, or null if none was given.</returns>
    public static string? Read(string? argument, string option)
    {
        if (argument is null) return null;
        var text = argument.StartsWith('@') ? ReadFile(argument[1..], option) : argument;
        return Parse(text, option)?.ToJsonString() ?? "null";
    }

    /// <summary>The payload with assignments applied over it; VALUE is JSON if it parses, else text.</summary>
    public static string? WithSets(string? payload, IEnumerable<string> sets)
    {
        var root = payload is null ? null : JsonNode.Parse(payload);
        foreach (var set in sets)
        {
            root ??= new JsonObject();
            var equals = set.IndexOf('=', StringComparison.Ordinal);
            if (equals <= 0 || root is not JsonObject)
                throw new CliException(ExitCodes.Usage, "bad_option", "--set takes a path and a value, over an object")
                {
                    Where = "--set", Expected = "a.b=VALUE", Found = set,
                };
            Assign((JsonObject)root, set[..equals].Split('.'), Value(set[(equals + 1)..]));
        }
        return root?.ToJsonString();
    }

    /// <returns>JSON text: of the argument if it parses, else of it as a text; of a file's content for
    /// <c>@file</c>.</returns>
    public static string Value(string argument, string option) =>
        argument.StartsWith('@') ? Read(argument, option)! : Value(argument)?.ToJsonString() ?? "null";

    private static void Assign(JsonObject target, string[] path, JsonNode? value)
    {
        foreach (var name in path[..^1])
        {
            if (target[name] is not JsonObject next) target[name] = next = [];
            target = next;
        }
        target[path[^1]] = value;
    }

    private static JsonNode? Value(string text)
    {
        try
        {
            return JsonNode.Parse(text);
        }
        catch (JsonException)
        {
            return JsonValue.Create(text);
        }
    }

    private static JsonNode? Parse(string text, string option)
    {
        try
        {
            return JsonNode.Parse(text);
        }
        catch (JsonException bad)
        {
            throw new CliException(ExitCodes.Validation, "bad_json", $"{option} is no JSON: {bad.Message}")
            {
                Where = option, Expected = "JSON text, or @file", Found = text.Length > 80 ? text[..80] + " .." : text,
            };
        }
    }

    private static string ReadFile(string path, string option) => File.Exists(path)
        ? File.ReadAllText(path)
        : throw new CliException(ExitCodes.NotFound, "not_found", $"there is no file {path}") { Where = option };
}
