using System.Text.RegularExpressions;
using KafkaFlow.Testing;

namespace KafkaFlow.Repo.Tests;

/// <summary>Size ratchet, names and calls that are not wanted. Exceptions stand in <c>exceptions.txt</c> and only shrink.</summary>
public sealed partial class SourceShape
{
    private const int MaxFileLines = 400;
    private const int MaxColumns = 120;
    private const int MinFiles = 3;
    private const int MaxFiles = 60;

    private static readonly string[] BannedNameParts =
        ["Utils", "Util", "Helper", "Helpers", "Manager", "Impl", "Base", "Common", "Misc", "Shared"];

    private static IEnumerable<string> Sources(params string[] roots) =>
        roots.SelectMany(root => Directory.EnumerateFiles(
                Path.Combine(TestEnvironment.RepositoryRoot, root), "*.cs", SearchOption.AllDirectories))
            .Where(file => !file.Contains("/obj/", StringComparison.Ordinal) && !file.Contains("/bin/", StringComparison.Ordinal));

    private static string Relative(string file) => Path.GetRelativePath(TestEnvironment.RepositoryRoot, file);

    private static Dictionary<string, int> Exceptions() =>
        File.ReadLines(Path.Combine(TestEnvironment.RepositoryRoot, "tests", "KafkaFlow.Repo.Tests", "exceptions.txt"))
            .Where(line => line.Length > 0 && line[0] != '#')
            .Select(line => line.Split(' '))
            .ToDictionary(parts => parts[0], parts => int.Parse(parts[1], System.Globalization.CultureInfo.InvariantCulture));

    [Fact]
    public void No_file_is_longer_than_400_lines_save_the_listed_ones_which_only_shrink()
    {
        var exceptions = Exceptions();
        foreach (var file in Sources("src", "tests"))
        {
            var lines = File.ReadLines(file).Count();
            var allowed = exceptions.GetValueOrDefault(Relative(file), MaxFileLines);
            Assert.True(lines <= allowed, $"{Relative(file)} has {lines} lines, allowed {allowed}");
        }
        Assert.All(exceptions, exception =>
        {
            var path = Path.Combine(TestEnvironment.RepositoryRoot, exception.Key);
            var needed = Directory.Exists(path)
                ? Sources(exception.Key).Count() > MaxFiles
                : File.Exists(path) && File.ReadLines(path).Count() > MaxFileLines;
            Assert.True(needed, $"{exception.Key} needs no exception");
        });
    }

    [Fact]
    public void No_line_of_product_code_is_longer_than_120_columns()
    {
        foreach (var file in Sources("src"))
        {
            var number = 0;
            foreach (var line in File.ReadLines(file))
                Assert.True(++number > 0 && line.Length <= MaxColumns, $"{Relative(file)}:{number} has {line.Length} columns");
        }
    }

    [Fact]
    public void No_project_stays_without_sources_and_none_has_more_than_60_files()
    {
        foreach (var project in Directory.GetDirectories(Path.Combine(TestEnvironment.RepositoryRoot, "src")))
        {
            var files = Sources(Path.GetRelativePath(TestEnvironment.RepositoryRoot, project)).Count();
            Assert.InRange(files, MinFiles, Exceptions().GetValueOrDefault(Relative(project), MaxFiles));
        }
    }

    [Fact]
    public void No_type_or_file_carries_a_name_that_says_nothing()
    {
        var declaration = TypeDeclaration();
        foreach (var file in Sources("src", "tests"))
        {
            var names = declaration.Matches(File.ReadAllText(file)).Select(m => m.Groups[1].Value)
                .Append(Path.GetFileNameWithoutExtension(file));
            foreach (var name in names)
                Assert.DoesNotContain(BannedNameParts, part => name.EndsWith(part, StringComparison.Ordinal));
        }
    }

    [Fact]
    public void No_source_holds_a_region_an_open_task_an_empty_catch_or_a_fixed_sleep()
    {
        (string What, Regex Pattern)[] banned =
        [
            ("#region", Region()), ("an open task without an issue", OpenTask()), ("an empty catch", EmptyCatch()),
            ("Thread.Sleep", Sleep()), ("DateTime.Now", LocalTime()),
        ];
        foreach (var file in Sources("src"))
        {
            var text = File.ReadAllText(file);
            foreach (var (what, pattern) in banned)
                Assert.False(pattern.IsMatch(text), $"{Relative(file)} has {what}");
        }
    }

    [Fact]
    public void No_file_names_a_path_of_one_machine()
    {
        var texts = Sources("src", "tests").Concat(
            Directory.EnumerateFiles(TestEnvironment.RepositoryRoot, "*.md", SearchOption.TopDirectoryOnly))
            .Concat(Directory.EnumerateFiles(Path.Combine(TestEnvironment.RepositoryRoot, "docs"), "*", SearchOption.AllDirectories));
        foreach (var file in texts.Where(f => !f.EndsWith("SourceShape.cs", StringComparison.Ordinal)))
            Assert.False(MachinePath().IsMatch(File.ReadAllText(file)), $"{Relative(file)} names a path of one machine");
    }

    [GeneratedRegex(@"^\s*(?:public|internal|private|file)[a-z ]*\b(?:class|struct|interface|enum|record(?: struct)?) (\w+)", RegexOptions.Multiline)]
    private static partial Regex TypeDeclaration();

    [GeneratedRegex(@"^\s*#region", RegexOptions.Multiline)]
    private static partial Regex Region();

    [GeneratedRegex(@"//.*\b(TODO|FIXME|HACK)\b")]
    private static partial Regex OpenTask();

    [GeneratedRegex(@"catch\s*(\([^)]*\))?\s*(when\s*\([^{]*\))?\s*\{\s*\}")]
    private static partial Regex EmptyCatch();

    [GeneratedRegex(@"\bThread\.Sleep\(")]
    private static partial Regex Sleep();

    [GeneratedRegex(@"\bDateTime\.Now\b")]
    private static partial Regex LocalTime();

    [GeneratedRegex("(?<![\\w/])/(work|root)/")]
    private static partial Regex MachinePath();
}
