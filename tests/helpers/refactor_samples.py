"""One small function in each language, and what a model makes of it: text for the tests of
refactorings. ``WHOLE`` is the file, ``OLD`` the function in it, ``NEW`` what it becomes."""

from __future__ import annotations

from dataclasses import dataclass
from textwrap import dedent


@dataclass(frozen=True)
class Sample:
    language: str
    """The editor's language id."""
    suffix: str
    whole: str
    old: str
    new: str
    broken: str
    """A reply that does not parse."""
    commented: str
    """The function with comments alone added."""

    @property
    def at(self) -> int:
        """An offset inside of the function's body."""
        return self.whole.index(self.old) + len(self.old) // 2


def _sample(
    language: str, suffix: str, whole: str, old: str, new: str, comment: str = "//"
) -> Sample:
    old, new = dedent(old).strip("\n"), dedent(new).strip("\n")
    if language == "go":
        old, new = old.replace("    ", "\t"), new.replace("    ", "\t")
    whole = dedent(whole).strip("\n").replace("OLD", old) + "\n"
    first, *rest = old.split("\n")
    lead = rest[0][: len(rest[0]) - len(rest[0].lstrip())]
    commented = "\n".join([first, f"{lead}{comment} It counts what is large.", *rest])
    return Sample(language, suffix, whole, old, new, new + "\n)}]", commented)


_SCRIPT_OLD = """
    function large(prices) {
      const found = [];
      for (let i = 0; i < prices.length; i++) {
        if (prices[i] > 10) {
          found.push(prices[i]);
        }
      }
      return found;
    }
"""
_SCRIPT_NEW = """
    function large(prices) {
      return prices.filter((price) => price > 10);
    }
"""
_TYPED_OLD = _SCRIPT_OLD.replace("(prices)", "(prices: number[]): number[]").replace(
    "found = []", "found: number[] = []"
)
_TYPED_NEW = _SCRIPT_NEW.replace("(prices)", "(prices: number[]): number[]")

SAMPLES = (
    _sample(
        "python",
        ".py",
        "import os\n\n\nOLD\n\n\ndef other():\n    return 1",
        """
        def large(prices):
            found = []
            for price in prices:
                if price > 10:
                    found.append(price)
            return found
        """,
        """
        def large(prices):
            return [price for price in prices if price > 10]
        """,
        "#",
    ),
    *(
        _sample(
            id_, suffix, "const limit = 10;\n\nOLD\n\nconst last = 1;", _SCRIPT_OLD, _SCRIPT_NEW
        )
        for id_, suffix in (("javascript", ".js"), ("javascriptreact", ".jsx"))
    ),
    *(
        _sample(id_, suffix, "const limit = 10;\n\nOLD\n\nconst last = 1;", _TYPED_OLD, _TYPED_NEW)
        for id_, suffix in (("typescript", ".ts"), ("typescriptreact", ".tsx"))
    ),
    _sample(
        "go",
        ".go",
        "package shop\n\nOLD\n\nfunc other() int { return 1 }",
        """
        func large(prices []int) int {
            count := 0
            for i := 0; i < len(prices); i++ {
                if prices[i] > 10 {
                    count = count + 1
                }
            }
            return count
        }
        """,
        """
        func large(prices []int) int {
            count := 0
            for _, price := range prices {
                if price > 10 {
                    count++
                }
            }
            return count
        }
        """,
    ),
    _sample(
        "rust",
        ".rs",
        "use std::fmt;\n\nOLD\n\nfn other() -> i32 { 1 }",
        """
        pub fn large(prices: &[i32]) -> usize {
            let mut count = 0;
            for price in prices {
                if *price > 10 {
                    count += 1;
                }
            }
            count
        }
        """,
        """
        pub fn large(prices: &[i32]) -> usize {
            prices.iter().filter(|price| **price > 10).count()
        }
        """,
    ),
    _sample(
        "java",
        ".java",
        "class Shop {\nOLD\n\n    int other() { return 1; }\n}",
        """
            public int large(List<Integer> prices) {
                int count = 0;
                for (int i = 0; i < prices.size(); i++) {
                    if (prices.get(i) > 10) {
                        count = count + 1;
                    }
                }
                return count;
            }
        """.replace("\n            ", "\n                "),
        """
            public int large(List<Integer> prices) {
                return (int) prices.stream().filter(price -> price > 10).count();
            }
        """,
    ),
    _sample(
        "csharp",
        ".cs",
        "class Shop\n{\nOLD\n\n    int Other() { return 1; }\n}",
        """
            public int Large(List<int> prices)
            {
                int count = 0;
                foreach (var price in prices)
                {
                    if (price > 10)
                    {
                        count = count + 1;
                    }
                }
                return count;
            }
        """,
        """
            public int Large(List<int> prices)
            {
                return prices.Count(price => price > 10);
            }
        """,
    ),
    _sample(
        "kotlin",
        ".kt",
        "package shop\n\nOLD\n\nfun other(): Int = 1",
        """
        fun large(prices: List<Int>): Int {
            var count = 0
            for (price in prices) {
                if (price > 10) {
                    count = count + 1
                }
            }
            return count
        }
        """,
        """
        fun large(prices: List<Int>): Int {
            return prices.count { it > 10 }
        }
        """,
    ),
    _sample(
        "swift",
        ".swift",
        "import Foundation\n\nOLD\n\nfunc other() -> Int { return 1 }",
        """
        func large(prices: [Int]) -> Int {
            var count = 0
            for price in prices {
                if price > 10 {
                    count = count + 1
                }
            }
            return count
        }
        """,
        """
        func large(prices: [Int]) -> Int {
            return prices.filter { $0 > 10 }.count
        }
        """,
    ),
    _sample(
        "c",
        ".c",
        "#include <stddef.h>\n\nOLD\n\nint other(void) { return 1; }",
        """
        int large(const int *prices, size_t n)
        {
            int count = 0;
            for (size_t i = 0; i < n; i++) {
                if (prices[i] > 10) {
                    count = count + 1;
                }
            }
            return count;
        }
        """,
        """
        int large(const int *prices, size_t n)
        {
            int count = 0;
            for (size_t i = 0; i < n; i++)
                count += prices[i] > 10;
            return count;
        }
        """,
    ),
    _sample(
        "cpp",
        ".cpp",
        "#include <vector>\n\nOLD\n\nint other() { return 1; }",
        """
        int large(const std::vector<int> &prices) {
            int count = 0;
            for (size_t i = 0; i < prices.size(); i++) {
                if (prices[i] > 10) {
                    count = count + 1;
                }
            }
            return count;
        }
        """,
        """
        int large(const std::vector<int> &prices) {
            return std::count_if(prices.begin(), prices.end(), [](int p) { return p > 10; });
        }
        """,
    ),
    _sample(
        "php",
        ".php",
        "<?php\n\nOLD\n\nfunction other() { return 1; }",
        """
        function large($prices) {
            $count = 0;
            foreach ($prices as $price) {
                if ($price > 10) {
                    $count = $count + 1;
                }
            }
            return $count;
        }
        """,
        """
        function large($prices) {
            return count(array_filter($prices, fn($price) => $price > 10));
        }
        """,
    ),
    _sample(
        "ruby",
        ".rb",
        "require 'set'\n\nOLD\n\ndef other\n  1\nend",
        """
        def large(prices)
          count = 0
          prices.each do |price|
            if price > 10
              count = count + 1
            end
          end
          count
        end
        """,
        """
        def large(prices)
          prices.count { |price| price > 10 }
        end
        """,
        "#",
    ),
    _sample(
        "lua",
        ".lua",
        "local limit = 10\n\nOLD\n\nlocal function other()\n  return 1\nend",
        """
        local function large(prices)
          local count = 0
          for i = 1, #prices do
            if prices[i] > 10 then
              count = count + 1
            end
          end
          return count
        end
        """,
        """
        local function large(prices)
          local count = 0
          for _, price in ipairs(prices) do
            count = count + (price > 10 and 1 or 0)
          end
          return count
        end
        """,
        "--",
    ),
    _sample(
        "shellscript",
        ".sh",
        "#!/bin/sh\n\nOLD\n\nother() {\n    echo 1\n}",
        """
        large() {
            count=0
            for price in "$@"; do
                if [ "$price" -gt 10 ]; then
                    count=$((count + 1))
                fi
            done
            echo "$count"
        }
        """,
        """
        large() {
            count=0
            for price in "$@"; do
                [ "$price" -gt 10 ] && count=$((count + 1))
            done
            echo "$count"
        }
        """,
        "#",
    ),
)

BY_LANGUAGE = {sample.language: sample for sample in SAMPLES}
