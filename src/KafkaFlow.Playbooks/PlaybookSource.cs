using System.Security.Cryptography;
using System.Text;
using KafkaFlow.Playbooks.Reading;
using KafkaFlow.Playbooks.Yaml;

namespace KafkaFlow.Playbooks;

/// <summary>What a source says of itself; null where it says nothing usable.</summary>
public sealed record PlaybookHeader(string? ApiVersion, string? Kind, string? Path, string? Name);

/// <summary>The source text of a playbook, not compiled.</summary>
public static class PlaybookSource
{
    /// <returns>SHA-256 of the UTF-8 bytes, lower-case hex.</returns>
    public static string Hash(string source) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(source)));

    /// <summary>Looks at kind and path without compiling; never fails.</summary>
    /// <returns>Null if the source is no map in YAML or JSON.</returns>
    public static PlaybookHeader? Peek(string source)
    {
        if (YamlReader.Read(source, new DiagnosticList("")) is not YamlMap root) return null;
        var metadata = root.Find("metadata")?.Value as YamlMap;
        var name = TextOf(metadata, "name");
        return new(TextOf(root, "apiVersion"), TextOf(root, "kind"), TextOf(metadata, "path") ?? name, name);
    }

    private static string? TextOf(YamlMap? map, string key) =>
        map?.Find(key)?.Value is YamlScalar { IsText: true, Text.Length: > 0 } scalar ? scalar.Text : null;
}
