using System.Globalization;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace KafkaFlow.Kafka;

/// <summary>Reads <c>topics/*.yaml</c>, embedded in this assembly.</summary>
public static class TopicDefinitions
{
    public const string Commands = "commands";
    private const string Resources = "topics/";
    private static readonly string[] Keys = ["name", "key", "partitions", "schema", "configs"];

    private static readonly Lazy<IReadOnlyList<TopicDefinition>> Embedded = new(ReadResources);

    /// <summary>All definitions, <c>commands</c> first, then by name; the template of task topics included.</summary>
    public static IReadOnlyList<TopicDefinition> Load() => Embedded.Value;

    /// <summary>The definition of a topic, named without prefix; <c>tasks.python</c> comes from the template.</summary>
    public static TopicDefinition Of(string name)
    {
        var found = Load().FirstOrDefault(d => d.Name == name);
        if (found is not null) return found;
        const string tasks = "tasks.";
        if (name.StartsWith(tasks, StringComparison.Ordinal)) return Tasks.ForType(name[tasks.Length..]);
        throw new ArgumentException(
            $"no topic is defined as '{name}'; there are {string.Join(", ", Load().Select(d => d.Name))}");
    }

    public static TopicDefinition Tasks => Load().Single(d => d.IsTemplate);

    /// <exception cref="FormatException">The text is no topic definition; says which file, line and key.</exception>
    internal static TopicDefinition Parse(string file, string text)
    {
        var yaml = new YamlStream();
        try
        {
            yaml.Load(new StringReader(text));
        }
        catch (YamlException e)
        {
            throw new FormatException($"{file}:{e.Start.Line}:{e.Start.Column}: {e.Message}", e);
        }
        if (yaml.Documents.Count != 1 || yaml.Documents[0].RootNode is not YamlMappingNode root)
            throw new FormatException($"{file}: expected one mapping with {string.Join(", ", Keys)}");
        var fields = Fields(file, root);
        foreach (var (key, node) in fields)
        {
            if (!Keys.Contains(key))
                throw Wrong(file, node, key, $"unknown; expected one of {string.Join(", ", Keys)}");
        }

        var partitions = Text(file, fields, "partitions");
        if (partitions != Commands && !(int.TryParse(partitions, out var count) && count > 0))
            throw Wrong(file, fields["partitions"], "partitions", $"expected a positive number or '{Commands}'");
        if (!fields.TryGetValue("configs", out var node2) || node2 is not YamlMappingNode configs)
            throw new FormatException($"{file}: configs: expected a mapping of Kafka topic configs");
        return new TopicDefinition(
            Text(file, fields, "name"), Text(file, fields, "key"),
            partitions == Commands ? null : int.Parse(partitions, CultureInfo.InvariantCulture),
            Fields(file, configs).ToDictionary(c => c.Key, c => Scalar(file, c.Key, c.Value)),
            fields.ContainsKey("schema") ? Text(file, fields, "schema") : null);
    }

    private static List<TopicDefinition> ReadResources()
    {
        var assembly = typeof(TopicDefinitions).Assembly;
        return assembly.GetManifestResourceNames()
            .Where(name => name.StartsWith(Resources, StringComparison.Ordinal))
            .Select(name =>
            {
                using var reader = new StreamReader(assembly.GetManifestResourceStream(name)!);
                return Parse(name, reader.ReadToEnd());
            })
            .OrderBy(d => d.Name != Commands).ThenBy(d => d.Name, StringComparer.Ordinal).ToList();
    }

    private static Dictionary<string, YamlNode> Fields(string file, YamlMappingNode node) =>
        node.Children.ToDictionary(pair => Scalar(file, "key", pair.Key), pair => pair.Value);

    private static string Text(string file, Dictionary<string, YamlNode> fields, string key) =>
        fields.TryGetValue(key, out var node)
            ? Scalar(file, key, node)
            : throw new FormatException($"{file}: {key}: missing");

    private static string Scalar(string file, string key, YamlNode node) =>
        node is YamlScalarNode { Value.Length: > 0 } scalar
            ? scalar.Value
            : throw Wrong(file, node, key, "expected a text or a number");

    private static FormatException Wrong(string file, YamlNode node, string key, string what) =>
        new($"{file}:{node.Start.Line}:{node.Start.Column}: {key}: {what}");
}
