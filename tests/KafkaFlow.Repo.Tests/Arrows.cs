using System.Xml.Linq;
using KafkaFlow.Testing;

namespace KafkaFlow.Repo.Tests;

/// <summary>Which project may reference which. A new arrow is a design change: change the table with a decision record.</summary>
public sealed class Arrows
{
    private static readonly Dictionary<string, string[]> Allowed = new()
    {
        ["Avro"] = [],
        ["RocksDb"] = [],
        ["Expressions"] = [],
        ["Contracts"] = [],
        ["Playbooks"] = ["Contracts", "Expressions"],
        ["Engine"] = ["Contracts", "Playbooks", "Expressions"],
        ["Kafka"] = [],
        ["Serdes"] = ["Contracts", "Avro", "Kafka"],
        ["Streams"] = ["Kafka", "RocksDb"],
        ["LocalServers"] = [],
        ["Wire"] = [],
        ["Broker"] = ["Wire"],
        ["Registry"] = ["Avro", "Kafka"],
        ["EngineHost"] = ["Contracts", "Engine", "Expressions", "Kafka", "Playbooks", "Serdes", "Streams"],
        ["Workers"] = ["Contracts", "Kafka", "Serdes"],
        ["PostgresSink"] = ["Contracts", "Kafka", "Serdes", "Streams"],
        ["Doctor"] = ["Contracts", "Kafka", "LocalServers", "PostgresSink", "RocksDb", "Serdes"],
        ["Cli"] =
        [
            "Broker", "Contracts", "Doctor", "Engine", "EngineHost", "Expressions", "Kafka", "LocalServers", "Playbooks", "PostgresSink",
            "Registry", "Serdes", "Streams", "Workers",
        ],
    };

    /// <summary>Packages by project; the pure rooms and leaves have none that run with them.</summary>
    private static readonly Dictionary<string, string[]> Packages = new()
    {
        ["Avro"] = [], ["RocksDb"] = [], ["Expressions"] = [], ["Contracts"] = [], ["Wire"] = [],
        ["Playbooks"] = ["YamlDotNet"],
        ["Engine"] = ["Microsoft.CodeAnalysis.BannedApiAnalyzers"],
    };

    [Fact]
    public void Every_project_references_only_what_its_arrows_allow()
    {
        var found = Directory.GetDirectories(Path.Combine(TestEnvironment.RepositoryRoot, "src"))
            .Select(Path.GetFileName).Order().ToArray();
        Assert.Equal(Allowed.Keys.Select(k => $"KafkaFlow.{k}").Order(), found);
        foreach (var (project, allowed) in Allowed)
        {
            var references = Items(project, "ProjectReference")
                .Select(path => Path.GetFileNameWithoutExtension(path)["KafkaFlow.".Length..]);
            Assert.All(references, reference => Assert.True(
                allowed.Contains(reference), $"KafkaFlow.{project} references KafkaFlow.{reference}; allowed: {string.Join(", ", allowed)}"));
        }
    }

    [Fact]
    public void Pure_rooms_and_leaves_take_no_package_beyond_their_list()
    {
        foreach (var (project, allowed) in Packages)
        {
            Assert.All(Items(project, "PackageReference"), package => Assert.True(
                allowed.Contains(package), $"KafkaFlow.{project} takes package {package}; allowed: {string.Join(", ", allowed)}"));
            Assert.DoesNotContain("UsesKafkaClient", File.ReadAllText(FileOf(project)), StringComparison.Ordinal);
        }
    }

    [Fact]
    public void The_engine_assembly_references_no_assembly_that_does_io()
    {
        string[] banned =
        [
            "Confluent.Kafka", "Npgsql", "System.Net.Http", "System.Net.Sockets", "System.IO.FileSystem",
            "System.Diagnostics.Process", "System.Threading.Tasks", "System.Threading.Thread", "Microsoft.Extensions.Logging",
        ];
        var references = System.Reflection.Assembly.Load("KafkaFlow.Engine").GetReferencedAssemblies()
            .Select(name => name.Name!).ToArray();
        Assert.NotEmpty(references);
        Assert.All(references, reference => Assert.DoesNotContain(
            banned, b => reference.StartsWith(b, StringComparison.Ordinal)));
    }

    /// <summary>What the engine is compared with must not be able to use the engine.</summary>
    [Fact]
    public void The_reference_interpreter_references_playbooks_and_expressions_only()
    {
        var file = Path.Combine(TestEnvironment.RepositoryRoot, "tests", "KafkaFlow.Engine.Reference", "KafkaFlow.Engine.Reference.csproj");
        Assert.Equal(
            ["KafkaFlow.Expressions", "KafkaFlow.Playbooks"],
            Items(file, "ProjectReference").Select(path => Path.GetFileNameWithoutExtension(path)).Order());
        Assert.Empty(XDocument.Load(file).Descendants("Reference"));
    }

    private static IEnumerable<string> Items(string projectOrFile, string kind) =>
        XDocument.Load(projectOrFile.EndsWith(".csproj", StringComparison.Ordinal) ? projectOrFile : FileOf(projectOrFile)).Descendants(kind).Select(item => (string)item.Attribute("Include")!);

    private static string FileOf(string project) => Path.Combine(
        TestEnvironment.RepositoryRoot, "src", $"KafkaFlow.{project}", $"KafkaFlow.{project}.csproj");
}
